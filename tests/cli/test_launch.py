import os
import subprocess
import sys
from pathlib import Path
from threading import Event

import pytest

from chainercv_seg.cli.launch import all_here, lone_rank
from chainercv_seg.utils import RankError

MPICH = 'MPICH Version:      5.0.2\nMPICH Release date: today\n'
OPEN_MPI = (
    'Open MPI v4.1.4, package: Debian OpenMPI, ident: 4.1.4, repo rev: v4.1.4, May 26, 2022\x00'
)
VARIABLES = ('SLURM_STEP_NUM_TASKS', 'PMI_SIZE', 'OMPI_COMM_WORLD_SIZE', 'MPI_LOCALNRANKS')
SCRIPT = (
    Path(__file__).parents[2] / 'examples/semantic_segmentation/eval_semantic_segmentation_multi.py'
)
TRAINING = SCRIPT.parents[1] / 'pspnet/train_multi.py'


@pytest.mark.parametrize('name', VARIABLES)
@pytest.mark.parametrize('text', ['2', '128'])
def test_a_rank_that_was_started_as_one_of_several_and_is_alone_is_told(name, text):
    said = lone_rank(1, {name: text, 'SLURM_NTASKS': '1'}, MPICH)
    assert f'{name} says that {text} ranks were started' in said
    assert 'MPICH 5.0.2' in said
    assert 'mpiexec' in said
    assert 'srun --mpi=pmi2' in said


def test_the_launcher_of_the_library_is_named():
    said = lone_rank(1, {'PMI_SIZE': '4'}, OPEN_MPI)
    assert 'Open MPI v4.1.4: ' in said.replace(',', ':')
    assert "Open MPI's own mpiexec" in said
    assert 'pmi2' not in said


@pytest.mark.parametrize('text', ['', '0', '1', '-3', 'abc', '2(x3)', ' ', '1.5', '²'])
def test_odd_values_and_one_rank_say_nothing(text):
    assert lone_rank(1, dict.fromkeys(VARIABLES, text), MPICH) is None


@pytest.mark.parametrize(
    ('size', 'environ'),
    [
        (1, {}),
        (1, {'SLURM_NTASKS': '8', 'SLURM_NPROCS': '8', 'SLURM_JOB_NUM_NODES': '2'}),
        (2, {'PMI_SIZE': '2', 'SLURM_STEP_NUM_TASKS': '2'}),
        (4, {'PMI_SIZE': '4', 'SLURM_STEP_NUM_TASKS': '2'}),  # mpiexec has a proxy a host started
    ],
)
def test_ranks_that_know_of_one_another_and_plain_python_are_left_alone(size, environ):
    assert lone_rank(size, environ, MPICH) is None
    assert lone_rank(size, environ, '') is None


def test_what_takes_too_long_at_the_start_ends_all(monkeypatch):
    ended = Event()
    said = []

    def end_all(world, error):
        said.append((world, type(error), str(error)))
        ended.set()

    monkeypatch.setattr('chainercv_seg.utils.end_all.end_all', end_all)
    with all_here('world', 60):
        pass
    with all_here('all', 0.01):
        assert ended.wait(60)
    ((world, kind, text),) = said
    assert (world, kind) == ('all', RankError)
    assert 'not all ranks have come to the start within 0.01 s' in text


@pytest.mark.parametrize('script', [SCRIPT, TRAINING])
def test_the_commands_end_before_they_do_anything(script, tmp_path):
    pytest.importorskip('mpi4py.MPI', exc_type=Exception)
    done = subprocess.run(
        [sys.executable, script, '--resume'],
        env={**os.environ, 'SLURM_STEP_NUM_TASKS': '2'},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr.startswith('error: SLURM_STEP_NUM_TASKS says that 2 ranks were started')
    assert done.stderr.count('\n') == 1
    assert list(tmp_path.iterdir()) == []
