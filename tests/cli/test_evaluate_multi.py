import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest

from chainercv_seg.cli.evaluate import main
from chainercv_seg.links import SegNetBasic
from tests.fake_data import write_camvid
from tests.mpi import mpi_run, needs_mpiexec

SCRIPT = (
    Path(__file__).parents[2] / 'examples/semantic_segmentation/eval_semantic_segmentation_multi.py'
)
#: Runs the script with a network that takes its time and, in rank 1, kills its own process.
KILLED = f"""
import os, runpy, signal, time
import chainercv_seg
from mpi4py import MPI
from chainercv_seg.prepared import PreparedNetwork
original, calls = PreparedNetwork.predict, []
def predict(self, imgs):
    calls.append(imgs)
    time.sleep(0.2)
    if MPI.COMM_WORLD.rank == 1 and len(calls) == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return original(self, imgs)
PreparedNetwork.predict = predict
runpy.run_path({str(SCRIPT)!r}, run_name='__main__')
"""
RUNS = ('ranks', 'alone')


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    return write_camvid(
        tmp_path_factory.mktemp('camvid'), sizes=((24, 32), (19, 27)) * 5, splits=('test',)
    )


@pytest.fixture(scope='module')
def options(tmp_path_factory, folder):
    import chainer

    np.random.seed(0)
    link = SegNetBasic(n_class=11)
    for name, parameter in link.namedparams():
        if name.endswith('beta'):  # else nearly all pixels are of one class
            parameter.array[...] = np.random.uniform(-1, 1, parameter.shape)
    path = tmp_path_factory.mktemp('weights') / 'W.npz'
    chainer.serializers.save_npz(path, link)
    return ('--dataset', 'camvid', '--model', 'segnet', '--pretrained-model', str(path))


def one_process(capsys, *arguments):
    capsys.readouterr()
    assert main(list(map(str, arguments))) == 0
    return capsys.readouterr().out


@pytest.mark.slow
@needs_mpiexec
def test_ranks_print_what_one_process_prints_and_a_killed_rank_takes_the_others_along(
    folder, options, tmp_path, capsys
):
    arguments = (*options, '--data-dir', folder, '--resume', tmp_path / 'J')
    run = mpi_run(3, '-c', KILLED, *arguments)
    assert run.returncode != 0
    assert run.stdout.count('mean IoU') == 0
    assert (tmp_path / 'J.1').read_text().count('\n') == 1 + 2  # its third image killed it

    run = mpi_run(2, SCRIPT, *arguments, '--output', tmp_path / 'out')
    assert run.returncode == 0, run.stderr
    command = json.loads((tmp_path / 'out' / 'result.json').read_text())['command']
    assert command.startswith(f'mpiexec -n 2 python {SCRIPT} --dataset camvid ')
    assert run.stdout.removesuffix(
        f'written to {tmp_path / "out"}: result.json, per_class.csv\n'
    ) == one_process(capsys, *options, '--data-dir', folder)
    assert '10 of 10 images by 2 ranks' in run.stderr


@pytest.mark.slow
@needs_mpiexec
def test_without_a_choice_ranks_evaluate_what_one_process_does(capsys):
    run = mpi_run(2, SCRIPT, '--limit', '3')
    assert run.returncode == 0, run.stderr
    assert run.stdout == one_process(capsys, '--limit', '3')
    assert 'data synthetic streets test, images 3' in run.stdout


@needs_mpiexec
def test_a_rank_that_fails_ends_all_and_names_itself_and_the_image(options, tmp_path):
    folder = write_camvid(tmp_path, sizes=((24, 32),) * 5, splits=('test',))
    (folder / 'test' / 'test_4.png').write_bytes(b'no image')
    run = mpi_run(3, SCRIPT, *options, '--data-dir', folder)
    assert run.returncode != 0
    assert 'rank 1 of 3' in run.stderr
    assert 'test_4.png' in run.stderr
    assert 'Traceback' not in run.stderr
    assert run.stdout == ''


@needs_mpiexec
def test_wrong_usage_exits_with_2_and_says_so_once(options):
    run = mpi_run(2, SCRIPT, *options, '--split', 'none')
    assert run.returncode == 2
    assert run.stderr.count('--split of camvid must be one of') == 1


def test_without_mpi_the_extra_is_named(options, monkeypatch, capsys):
    from chainercv_seg.cli.evaluate_multi import main as main_multi

    monkeypatch.setitem(sys.modules, 'mpi4py', None)
    assert main_multi(list(options)) == 1
    assert "pip install 'chainercv_seg[mpi]'" in capsys.readouterr().err


@needs_mpiexec
def test_ranks_write_the_files_that_one_process_writes(folder, options, tmp_path, capsys):
    def arguments(name):
        folders = ('--output', tmp_path / name, '--save-predictions', tmp_path / name / 'p')
        return (*options, '--data-dir', folder, '--report', *folders)

    run = mpi_run(3, SCRIPT, *arguments('ranks'))
    assert run.returncode == 0, run.stderr
    one_process(capsys, *arguments('alone'))
    results = [json.loads((tmp_path / name / 'result.json').read_text()) for name in RUNS]
    assert results[0]['confusion'] == results[1]['confusion']
    pages = [(tmp_path / name / 'report.html').read_text(encoding='utf-8') for name in RUNS]
    pictures = [re.findall(r'<img .*?>', page) for page in pages]
    assert pictures[0] == pictures[1] != []
    for i in range(10):
        files = [(tmp_path / name / 'p' / f'test_{i}.png').read_bytes() for name in RUNS]
        assert files[0] == files[1]
