import argparse
import threading
from pathlib import Path

import pytest

from chainercv_seg.cli.parse_together import option_terms, parse_together
from chainercv_seg.utils.errors import RankError
from tests.communicators import Communicator, run_ranks


def parser():
    parser = argparse.ArgumentParser(prog='it')
    parser.add_argument('--limit', type=int)
    parser.add_argument('--report', action='store_true')
    parser.add_argument('--gpu', type=int)
    parser.add_argument('--data-dir', default='auto')
    parser.add_argument('--output', type=Path)
    parser.add_argument('--resume')
    return parser


def parsed(*lines):
    """What each rank with a command line of its own gets."""
    turn = threading.Semaphore()  # ranks that are threads have one standard error

    def run(comm):
        def exchange_and_let_the_next_parse(value):
            turn.release()
            return Communicator.allgather(comm, value)

        comm.allgather = exchange_and_let_the_next_parse
        turn.acquire()
        return parse_together(comm, lambda: parser().parse_args(lines[comm.rank].split()))

    return run_ranks(len(lines), run)


def test_each_rank_keeps_its_own_options_where_these_may_differ():
    results = parsed(
        '--limit 3 --gpu 0 --data-dir a --output x', '--limit 3 --gpu 1 --output y --data-dir b'
    )
    assert [(options.gpu, options.data_dir) for options in results] == [(0, 'a'), (1, 'b')]
    assert results[1].output == Path('y')


@pytest.mark.parametrize(
    ('lines', 'text'),
    [
        (('--limit 3', '--limit 4', '--limit 3'), '--limit: 3 in ranks 0, 2 on .*, 4 in rank 1 on'),
        (('', '--report'), '--report: False in rank 0 on .*, True in rank 1 on'),
        (('', '--output x'), '--output: not given in rank 0 on .*, given in rank 1'),
        (('--resume j', ''), '--resume: given in rank 0 on .*, not given in rank 1'),
        (('', '', '--limit x'), 'rank 2 on .* it: error: argument --limit: invalid int'),
        (('--unknown', ''), 'rank 0 on .*unrecognized arguments: --unknown'),
        (('', '--help'), 'rank 1 on .* only asks for help'),
        (('--help', '--unknown'), 'rank 0 on .* only asks for help'),
    ],
)
def test_what_differs_is_an_error_in_every_rank(lines, text):
    results = parsed(*lines)
    assert all(isinstance(error, RankError) for error in results)
    assert len({str(error) for error in results}) == 1
    with pytest.raises(RankError, match=text):
        raise results[0]


def test_where_all_are_wrong_all_exit_alike_and_the_first_says_why_once(capfd):
    assert parsed('--limit x') == [2]
    assert capfd.readouterr().err.count('invalid int') == 1


def test_options_are_named_as_they_are_typed():
    terms = option_terms(parser().parse_args(['--limit', '3', '--gpu', '0', '--output', 'x']))
    assert terms == {
        '--limit': '3',
        '--report': 'False',
        '--output': 'given',
        '--resume': 'not given',
    }
