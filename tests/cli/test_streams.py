import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import sys
from chainercv_seg.cli.streams import lost_output, steady_streams
steady_streams()
steady_streams()  # twice is as good as once
for i in range(20000):
    print('line', i)
    print('Stra\\u00dfe', '\\u8eca', '\\udcff', file=sys.stderr)
open(sys.argv[1], 'w').write('done')
sys.exit(lost_output() is not None)
"""


def run(tmp_path, shell, **variables):
    """Run the script with these redirections; give its exit code, and whether it came to its end."""
    (tmp_path / 'script.py').write_text(SCRIPT)
    command = f'{{ {sys.executable} {tmp_path}/script.py {tmp_path}/end; echo $? >{tmp_path}/code; }} {shell}'
    done = subprocess.run(
        ['bash', '-c', command], capture_output=True, env={**os.environ, **variables}, timeout=60
    )
    return int((tmp_path / 'code').read_text()), (tmp_path / 'end').exists(), done


@pytest.mark.parametrize(
    'shell',
    [
        '| head -n 1',
        '2>&1 | head -n 1',
        '| true',
        '>&-',
        '2>&-',
        '<&-',
        '>&- 2>&-',
        '<&- >&- 2>&-',
        '2>/dev/null >/dev/null',
    ],
)
def test_the_work_is_done_whoever_listens(tmp_path, shell):
    code, complete, done = run(tmp_path, shell)
    assert (code, complete) == (0, True)
    assert b'Traceback' not in done.stderr
    assert b'BrokenPipe' not in done.stderr


def test_results_do_not_take_the_place_of_a_closed_stream(tmp_path):
    run(tmp_path, '>&- 2>&-')
    assert (tmp_path / 'end').read_text() == 'done'


@pytest.mark.parametrize(
    ('variables', 'line'),
    [
        ({'PYTHONIOENCODING': 'ascii'}, rb'Stra\xdfe \u8eca \udcff'),
        ({'PYTHONIOENCODING': 'cp1252'}, 'Straße'.encode('cp1252') + rb' \u8eca \udcff'),
        ({'PYTHONIOENCODING': 'utf-8:strict'}, 'Straße 車'.encode() + rb' \udcff'),
    ],
)
def test_what_an_encoding_lacks_is_printed_as_an_escape(tmp_path, variables, line):
    code, complete, done = run(tmp_path, '', **variables)
    assert (code, complete) == (0, True)
    assert done.stderr.splitlines()[0] == line


def test_a_full_disk_is_an_error(tmp_path):
    if not Path('/dev/full').exists():
        pytest.skip('there is no /dev/full')
    code, complete, done = run(tmp_path, '>/dev/full')
    assert (code, complete) == (1, True)
    assert b'Traceback' not in done.stderr
    assert run(tmp_path, '2>/dev/full')[:2] == (0, True)


def test_streams_of_the_caller_are_left_alone(capsys):
    from chainercv_seg.cli.streams import steady_streams

    before = sys.stdout, sys.stderr
    steady_streams()
    assert (sys.stdout, sys.stderr) == before
