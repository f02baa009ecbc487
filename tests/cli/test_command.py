import argparse
import sys

import pytest

from chainercv_seg.cli.command import command_line


@pytest.mark.parametrize(
    ('argv', 'prog', 'expected'),
    [
        ('examples/eval.py', None, "python examples/eval.py --output 'a b'"),
        ('/usr/bin/chainercv-seg', 'chainercv-seg score', "chainercv-seg score --output 'a b'"),
    ],
)
def test_the_command_can_be_run_again_as_it_is_written(monkeypatch, argv, prog, expected):
    monkeypatch.setattr(sys, 'argv', [argv, '--output', 'a b'])
    assert command_line(argparse.ArgumentParser(prog=prog), None) == expected
    assert command_line(argparse.ArgumentParser(prog=prog), ['--output', 'a b']) == expected
