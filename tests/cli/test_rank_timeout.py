import argparse
import threading

import pytest

from chainercv_seg.cli.rank_timeout import DEFAULT, add_rank_timeout_option, rank_timeout
from chainercv_seg.utils.rank_watch import RANK_TIMEOUT


def test_the_default_is_that_of_the_library():
    assert rank_timeout([]) == DEFAULT == RANK_TIMEOUT == 600


def test_it_is_read_ahead_of_options_that_are_not_known_yet():
    assert rank_timeout(['--dataset', 'voc', '--rank-timeout', '2.5', '--report']) == 2.5
    assert rank_timeout(['--rank-timeout=3']) == 3


@pytest.mark.parametrize('text', ['0', '-1', 'inf', 'nan', 'abc', '', '1e9', '9223372037', '1e308'])
def test_a_time_that_is_none_is_wrong_usage(text, capsys):
    arguments = [f'--rank-timeout={text}']
    assert rank_timeout(arguments) == DEFAULT
    parser = argparse.ArgumentParser()
    add_rank_timeout_option(parser)
    with pytest.raises(SystemExit) as stop:
        parser.parse_args(arguments)
    assert stop.value.code == 2
    assert '--rank-timeout: must be a positive number of seconds' in capsys.readouterr().err


def test_a_missing_value_is_left_to_the_parser():
    assert rank_timeout(['--rank-timeout']) == DEFAULT


def test_a_lock_can_wait_for_the_longest_time():
    assert rank_timeout(['--rank-timeout=1e8']) == 1e8 < threading.TIMEOUT_MAX
