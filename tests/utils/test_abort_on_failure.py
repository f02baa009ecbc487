import os
import select
import subprocess
import sys

import pytest

SCRIPT = """
import chainercv_seg
from chainercv_seg.utils import abort_on_failure, DatasetError

class Comm:
    rank, size = 1, 3

    def Abort(self, code):
        print('aborted with', code, flush=True)  # and returns, as some MPI libraries do

with abort_on_failure(Comm()):
    {block}
print('went on')
"""


def run(block):
    return subprocess.run(
        [sys.executable, '-c', SCRIPT.format(block=block)],
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.mark.parametrize(
    ('block', 'code', 'message', 'traceback'),
    [
        ('raise DatasetError("a.png is broken")', 1, 'a.png is broken', False),
        ('raise KeyError("key")', 1, "KeyError: 'key'", True),
        ('raise KeyboardInterrupt', 130, 'interrupted', False),
    ],
)
def test_a_failure_is_said_with_its_rank_and_ends_all(block, code, message, traceback):
    process = run(block)
    assert process.returncode == code
    assert process.stdout == f'aborted with {code}\n'
    last = process.stderr.splitlines()[-1]
    assert last.startswith('error: rank 1 of 3 on ')
    assert last.endswith(f': {message}')
    assert ('Traceback' in process.stderr) == traceback


def test_all_are_ended_when_what_was_said_has_been_read():
    reader, writer = os.pipe()
    script = SCRIPT.format(block='raise DatasetError("a.png is broken")')
    with subprocess.Popen(
        [sys.executable, '-c', script], stdout=subprocess.PIPE, stderr=writer, text=True
    ) as process:
        os.close(writer)
        assert select.select([reader], [], [], 120)[0]
        # What aborts is said to nobody but who has read why, however late that is.
        assert not select.select([process.stdout], [], [], 1.5)[0]
        assert os.read(reader, 10000).endswith(b': a.png is broken\n')
        assert process.stdout.read() == 'aborted with 1\n'
    os.close(reader)
    assert process.returncode == 1


def test_nothing_happens_where_nothing_fails():
    process = run('pass')
    assert (process.returncode, process.stdout, process.stderr) == (0, 'went on\n', '')


def test_the_process_ends_although_mpi_never_aborts_and_holds_the_interpreter():
    stuck = """
    import chainercv_seg.utils.end_all as end_all
    import ctypes
    end_all._ABORTION = 0.5
    Comm.Abort = lambda self, code: ctypes.PyDLL(None).sleep(600)  # PyDLL: with the lock
    raise DatasetError("a.png is broken")"""
    process = run(stuck)
    assert process.returncode == 1
    assert process.stderr.splitlines()[-1].endswith(': a.png is broken')


@pytest.mark.parametrize(
    'closing', ['sys.stderr = None', 'sys.stdout = None', 'os.close(2)', 'sys.stderr.close()']
)
def test_all_end_where_nothing_can_be_said(closing):
    process = run(f"""
    import os, sys
    Comm.Abort = lambda self, code: os.write(1, b'aborted')
    {closing}
    raise DatasetError("a.png is broken")""")
    assert process.returncode == 1
    assert process.stdout.endswith('aborted')
