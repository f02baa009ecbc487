"""Starts Python in several ranks of MPI."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest


def mpiexec():
    beside_python = Path(sys.executable).with_name('mpiexec')
    return str(beside_python) if beside_python.exists() else shutil.which('mpiexec')


needs_mpiexec = pytest.mark.skipif(
    mpiexec() is None, reason='no mpiexec: it comes with the extra "mpi"'
)


#: Makes MPICH's mpiexec take this machine for three, each with a proxy that knows of its own ranks only.
THREE_HOSTS = ('-launcher', 'fork', '-hosts', 'localhost:1,127.0.0.1:1,127.0.0.2:1')


def mpi_run(n, *arguments, launch=(), patience=300):
    """Run Python in ``n`` ranks. They must not take longer than so many seconds."""
    pytest.importorskip('mpi4py', reason='ChainerMN needs mpi4py')
    if launch and 'HYDRA' not in subprocess.check_output([mpiexec(), '--version'], text=True):
        pytest.skip("needs the mpiexec of MPICH: another's cannot take one machine for three")
    return subprocess.run(
        [mpiexec(), *launch, '-n', str(n), sys.executable, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=patience,
        env={
            **os.environ,
            'OMPI_ALLOW_RUN_AS_ROOT': '1',
            'OMPI_ALLOW_RUN_AS_ROOT_CONFIRM': '1',
            'PRTE_MCA_rmaps_default_mapping_policy': ':oversubscribe',
            'OMPI_MCA_rmaps_base_oversubscribe': '1',
        },
    )
