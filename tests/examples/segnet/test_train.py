import json
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest

from tests.examples.scripts import EXAMPLES, load_script
from tests.fake_data import write_camvid

FOLDER = EXAMPLES / 'segnet'
TINY = ('--size', '32', '48', '--crop-size', '24', '32', '--batchsize', '2', '--val-limit', '2',
        '--train-length', '5', '--iteration', '4', '--schedule', 'cosine', '--log-interval', '1',
        '--eval-interval', '2', '--snapshot-interval', '1')  # fmt: skip


def train(folder, *options):
    return subprocess.run(
        [sys.executable, FOLDER / 'train.py', '--out', folder, *map(str, options)],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope='module')
def trained(tmp_path_factory):
    """The folder and the output of an uninterrupted training."""
    folder = tmp_path_factory.mktemp('train') / 'result'
    done = train(folder, *TINY, '--optimizer', 'adamw')
    assert done.returncode == 0, done.stderr
    return folder, done.stdout


def arrays(path):
    with np.load(path) as npz:
        return {name: npz[name] for name in npz.files}


def test_a_training_leaves_weights_log_and_a_score(trained):
    from chainercv_seg.links import SegNetBasic

    folder, output = trained
    SegNetBasic(n_class=11, pretrained_model=folder / 'segnet.npz')
    SegNetBasic(n_class=11, pretrained_model=folder / 'best.npz')
    log = json.loads((folder / 'log').read_text())
    assert [entry['iteration'] for entry in log] == [1, 2, 3, 4]
    assert all(np.isfinite(entry['main/loss']) for entry in log)
    assert [entry['rate'] for entry in log] == pytest.approx([1, 0.85355, 0.5, 0.14645], rel=1e-4)
    assert [('validation/main/miou' in entry) for entry in log] == [False, True, False, True]
    assert 'mean IoU' in output
    assert 'data synthetic val' in output


def test_every_file_of_a_training_is_named_in_the_readme(trained):
    named = (FOLDER / 'README.md').read_text(encoding='utf-8')
    for path in trained[0].iterdir():
        assert f'`{re.sub("[0-9]+$", "N", path.name)}`' in named


@pytest.mark.slow
def test_lines_of_the_log_come_one_by_one_where_they_are_redirected(tmp_path):
    """The training is stopped while it runs, with no chance to write what it has kept back."""
    command = [sys.executable, FOLDER / 'train.py', '--out', tmp_path / 'r', *TINY]
    with subprocess.Popen([*command, '--iteration', '100000'], stdout=subprocess.PIPE) as process:
        lines = [process.stdout.readline() for _ in range(3)]
        assert process.poll() is None
        process.kill()
    assert lines[0].startswith(b'iteration')
    assert [line.split()[0][-1:] for line in lines[1:]] == [b'1', b'2']


@pytest.mark.parametrize(('iteration', 'intervals'), [('3', [3, 3]), ('50', [20, 50])])
def test_a_short_training_is_logged_and_evaluated(iteration, intervals):
    options = load_script('segnet/options.py').parse(['--iteration', iteration])
    assert [options.log_interval, options.eval_interval] == intervals


def test_only_the_last_snapshots_are_kept(trained):
    names = sorted(path.name for path in trained[0].glob('snapshot*'))
    assert names == ['snapshot_iter_3', 'snapshot_iter_4']


@pytest.mark.slow
def test_a_resumed_training_ends_in_the_same_bits(trained, tmp_path):
    """The snapshot is in the middle of an epoch: five samples, two a batch."""
    folder, _ = trained
    stopped = tmp_path / 'result'
    stopped.mkdir()
    for name in ('options.json', 'snapshot_iter_3', 'best.npz'):
        shutil.copy(folder / name, stopped)
    done = train(stopped, *TINY, '--optimizer', 'adamw', '--resume')
    assert done.returncode == 0, done.stderr
    expected, found = arrays(folder / 'segnet.npz'), arrays(stopped / 'segnet.npz')
    assert expected.keys() == found.keys()
    for name, array in expected.items():
        np.testing.assert_array_equal(found[name], array, err_msg=name)
    logs = [json.loads((path / 'log').read_text()) for path in (folder, stopped)]
    for entry in logs[0] + logs[1]:
        del entry['elapsed_time']
    assert logs[0] == logs[1]


@pytest.mark.slow
def test_a_finished_training_is_not_continued(trained, tmp_path):
    folder = tmp_path / 'result'
    shutil.copytree(trained[0], folder)
    done = train(folder, *TINY, '--optimizer', 'adamw', '--resume', '--float16')
    assert done.returncode == 1  # other options
    done = train(folder, *TINY, '--optimizer', 'adamw', '--resume')
    assert done.returncode == 0, done.stderr
    assert len(json.loads((folder / 'log').read_text())) == 4


def test_snapshots_are_not_overwritten_by_another_training(trained):
    done = train(trained[0], *TINY)
    assert done.returncode == 1
    assert 'add --resume' in done.stderr
    assert 'Traceback' not in done.stderr


@pytest.mark.slow
def test_other_options_cannot_resume_a_training(trained):
    done = train(trained[0], *TINY, '--optimizer', 'adamw', '--resume', '--learning-rate', '3')
    assert done.returncode == 1
    assert '--learning-rate was 0.001, now 3.0' in done.stderr


@pytest.mark.slow
def test_it_trains_on_camvid_with_momentum_and_half_the_space(tmp_path):
    data = write_camvid(tmp_path / 'CamVid', splits=('train', 'val'))
    folder = tmp_path / 'result'
    done = train(
        folder, *TINY[TINY.index('--crop-size') : TINY.index('--train-length')], '--iteration', '1',
        '--dataset', 'camvid', '--data-dir', data, '--float16', '--fit-offsets',
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert 'data camvid val' in done.stdout
    saved = arrays(folder / 'segnet.npz')
    assert saved['conv1/W'].dtype == np.float16
    assert saved['conv1_bn/avg_var'].dtype == np.float32


@pytest.mark.slow
def test_a_training_begins_with_weights_that_are_given(trained, tmp_path):
    weights = trained[0] / 'best.npz'
    rest = ('--iteration', '1', '--learning-rate', '0', '--weight-decay', '0')
    done = train(tmp_path / 'result', *TINY, *rest, '--initial-weights', weights)
    assert done.returncode == 0, done.stderr
    expected, found = arrays(weights), arrays(tmp_path / 'result' / 'segnet.npz')
    parameters = [name for name in expected if not name.endswith(('avg_mean', 'avg_var', '/N'))]
    assert len(parameters) > 20
    for name in parameters:
        np.testing.assert_array_equal(found[name], expected[name], err_msg=name)


def test_offsets_make_the_mean_iou_on_their_samples_no_lower():
    from chainercv_seg.datasets import SyntheticStreetDataset
    from chainercv_seg.evaluations import eval_semantic_segmentation
    from chainercv_seg.links import SegNetBasic

    samples = SyntheticStreetDataset('train', size=(40, 48), length=2)
    link = SegNetBasic(n_class=11)
    link.conv_classifier.W.array *= 0.01  # so that offsets of at most a few units move labels
    before = link.conv_classifier.b.array.copy()

    def mean_iou():
        imgs, labels = zip(*samples, strict=True)
        return eval_semantic_segmentation(link.predict(imgs), labels, n_class=11)['miou']

    untrained = mean_iou()
    load_script('segnet/training.py')._fit_offsets(link, samples)
    assert (link.conv_classifier.b.array != before).any()
    assert mean_iou() > untrained


def test_initial_weights_that_are_missing_are_one_error(tmp_path):
    done = train(tmp_path / 'result', *TINY, '--initial-weights', tmp_path / 'none.npz')
    assert done.returncode == 1
    assert 'none.npz' in done.stderr
    assert 'Traceback' not in done.stderr


@pytest.mark.slow
def test_a_training_that_diverges_ends_there_and_leaves_nothing_of_it(tmp_path):
    folder = tmp_path / 'result'
    done = train(folder, *TINY, '--weight-decay', '1e6', '--iteration', '9', '--eval-interval', '9')
    assert done.returncode == 1
    (line,) = (line for line in done.stderr.splitlines() if line.startswith('error: '))
    number = int(re.search(r'diverged at iteration (\d+): ', line)[1])
    assert 1 < number < 9
    assert 'Traceback' not in done.stderr
    assert not (folder / 'segnet.npz').exists()
    snapshots = sorted(path.name for path in folder.glob('snapshot*'))
    assert snapshots[-1] == f'snapshot_iter_{number - 1}'
    with np.load(folder / snapshots[-1]) as snapshot:
        weights = [name for name in snapshot.files if 'model:main' in name]
        assert len(weights) > 20
        for name in weights:
            assert np.isfinite(snapshot[name]).all(), name


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (['--crop-size', '20', '32'], 'multiples of 8'),
        (['--scales', '2', '1'], 'the lower one first'),
        (['--jitter', '1'], 'less than 1'),
    ],
)
def test_wrong_usage_exits_with_2_and_says_why(options, message, capsys):
    from options import parse

    with pytest.raises(SystemExit) as error:
        parse(options)
    assert error.value.code == 2
    assert message in capsys.readouterr().err
