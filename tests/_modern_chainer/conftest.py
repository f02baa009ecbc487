"""Python processes of their own, for what depends on the order of imports."""

import os
import subprocess
import sys
import textwrap

import pytest


@pytest.fixture(scope='session')
def run_python():
    """Run a script in a new process and return what it printed.

    It must succeed and print nothing to stderr, where warnings go.
    """

    def run(script, *options, launcher=(), env=None):
        result = subprocess.run(
            [*launcher, sys.executable, *options, '-c', textwrap.dedent(script)],
            env={**os.environ, 'OMP_NUM_THREADS': '1', **(env or {})},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert result.stderr == ''
        assert result.returncode == 0
        return result.stdout

    return run
