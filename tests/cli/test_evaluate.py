import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from chainercv_seg.cli.evaluate import main
from chainercv_seg.datasets import CamVidDataset
from chainercv_seg.evaluations import eval_semantic_segmentation
from chainercv_seg.links import SegNetBasic
from chainercv_seg.prepared import PreparedNetwork
from tests.fake_data import write_camvid

SCRIPT = Path(__file__).parents[2] / 'examples/semantic_segmentation/eval_semantic_segmentation.py'
SEGNET = ('--dataset', 'camvid', '--model', 'segnet')


def run(*arguments):
    return subprocess.run(
        [sys.executable, SCRIPT, *SEGNET, *arguments], capture_output=True, text=True, check=True
    )


def part_of_the_split(folder):
    return (
        f'CamVid test in {folder} has 3 images, the whole split 233: a score on them is not one on '
        'the split\n'
    )


def test_the_command_prints_the_scores_of_the_networks_predictions(folder, weights, link):
    output = run('--pretrained-model', weights, '--data-dir', folder, '--no-optimize')
    dataset = CamVidDataset(folder, 'test')
    expected = eval_semantic_segmentation(
        link.predict(dataset.slice[:, 'img']), list(dataset.slice[:, 'label']), n_class=11
    )
    rows = {line.rsplit(maxsplit=1)[0]: line.split()[-1] for line in output.stdout.splitlines()}
    assert rows['mean IoU'] == f'{100 * expected["miou"]:.2f}'
    assert rows['mean class accuracy'] == f'{100 * expected["mean_class_accuracy"]:.2f}'
    assert rows['pixel accuracy'] == f'{100 * expected["pixel_accuracy"]:.2f}'
    assert float(rows['mean IoU']) > 0
    assert output.stdout.splitlines()[-1] == (
        'protocol: data CamVid test, images 3, model SegNetBasic, input whole image, resize PIL, '
        'absent_class skip'
    )
    assert output.stderr == part_of_the_split(folder)  # neither a progress bar nor another warning


def test_the_network_is_optimized_on_the_cpu_and_the_protocol_says_so(folder, weights, link):
    output = run('--pretrained-model', weights, '--data-dir', folder, '--threads', '1')
    dataset = CamVidDataset(folder, 'test')
    expected = eval_semantic_segmentation(
        link.predict(dataset.slice[:, 'img']), list(dataset.slice[:, 'label']), n_class=11
    )
    rows = {line.rsplit(maxsplit=1)[0]: line.split()[-1] for line in output.stdout.splitlines()}
    # Of some 1,700 pixels a few may be ties.
    assert float(rows['pixel accuracy']) == pytest.approx(100 * expected['pixel_accuracy'], abs=0.2)
    assert output.stdout.splitlines()[-1].endswith('arithmetic optimized, absent_class skip')


def test_one_line_says_that_numba_is_missing_and_what_to_install(folder, weights):
    code = (
        "import sys; sys.modules['numba'] = None; from chainercv_seg.cli.evaluate import main; "
        'sys.exit(main(sys.argv[1:]))'
    )
    output = subprocess.run(
        [sys.executable, '-c', code, *SEGNET, '--pretrained-model', weights, '--data-dir', folder],
        capture_output=True,
        text=True,
        check=True,
    )
    line = output.stderr.removeprefix(part_of_the_split(folder))
    assert line.count('\n') == 1
    assert 'numba is not installed' in line
    assert "pip install 'chainercv_seg[fast]'" in line


def test_limit_split_and_policy_reach_the_protocol(folder, weights, capsys):
    options = ('--split', 'val', '--limit', '1', '--absent-class', 'zero', '--batchsize', '2')
    assert (
        main([*SEGNET, '--data-dir', str(folder), '--pretrained-model', str(weights), *options])
        == 0
    )
    line = capsys.readouterr().out.splitlines()[-1]
    assert 'CamVid val, images 1' in line
    assert 'absent_class zero' in line


def test_without_a_choice_trained_weights_are_evaluated_on_scenes_that_are_drawn(capsys):
    assert main(['--limit', '2']) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1].startswith(
        'protocol: data synthetic streets test, images 2, model SegNetBasic'
    )
    rows = {line.rsplit(maxsplit=1)[0]: line.split()[-1] for line in lines}
    assert float(rows['pixel accuracy']) > 80  # weights that are not trained reach 20


@pytest.mark.parametrize(
    'arguments',
    [
        ('--data-dir', 'CamVid'),  # of which data set?
        ('--dataset', 'nothing', '--model', 'segnet'),
        (*SEGNET, '--limit', '0'),
        (*SEGNET, '--batchsize', 'x'),
        (*SEGNET, '--split', 'trainval'),
        (*SEGNET, '--input-size', '100'),
        (*SEGNET, '--flip'),
        (*SEGNET, '--gpu', '-2'),
        ('--dataset', 'camvid', '--model', 'pspnet_resnet50', '--scales', '0'),
        ('--dataset', 'camvid', '--model', 'pspnet_resnet50', '--scales', 'nan'),
        (*SEGNET, '--absent-class', 'nan'),
        (*SEGNET, '--no-such-option'),
    ],
)
def test_wrong_usage_exits_with_2(arguments, capsys):
    with pytest.raises(SystemExit) as error:
        main(arguments)
    assert error.value.code == 2
    assert 'usage:' in capsys.readouterr().err


def one_error(capsys, *arguments):
    assert main([*SEGNET, *map(str, arguments)]) == 1
    captured = capsys.readouterr()
    assert captured.out == ''
    assert captured.err.startswith('error: ')
    assert captured.err.count('\n') == 1
    return captured.err


def test_a_missing_data_set_is_one_error(tmp_path, weights, capsys):
    error = one_error(capsys, '--data-dir', tmp_path / 'none', '--pretrained-model', weights)
    assert 'no such folder' in error


def test_a_broken_image_is_one_error_that_names_it(tmp_path, weights, capsys):
    folder = write_camvid(tmp_path)
    (folder / 'test' / 'test_1.png').write_bytes(b'no image')
    error = one_error(capsys, '--data-dir', folder, '--pretrained-model', weights)
    assert 'test_1.png' in error


def test_a_label_map_of_another_size_is_one_error_that_names_it(tmp_path, weights, capsys):
    folder = write_camvid(tmp_path)
    (folder / 'testannot' / 'test_2.png').rename(folder / 'testannot' / 'test_0.png')
    (folder / 'testannot' / 'test_2.png').write_bytes(
        (folder / 'testannot' / 'test_1.png').read_bytes()
    )
    error = one_error(capsys, '--data-dir', folder, '--pretrained-model', weights)
    assert 'test_0.png: the image is (24, 32), its label map (19, 27)' in error


@pytest.mark.parametrize('content', [b'', b'<html>', None])
def test_a_broken_weight_file_is_one_error_that_names_it(
    folder, weights, tmp_path, capsys, content
):
    path = tmp_path / 'broken.npz'
    path.write_bytes(weights.read_bytes()[:5000] if content is None else content)
    error = one_error(capsys, '--data-dir', folder, '--pretrained-model', path)
    assert 'broken.npz' in error


def test_a_missing_weight_file_is_one_error(folder, tmp_path, capsys):
    path = tmp_path / 'none.npz'
    assert str(path) in one_error(capsys, '--data-dir', folder, '--pretrained-model', path)


def test_pickled_objects_are_refused(folder, tmp_path, capsys):
    path = tmp_path / 'W.npz'
    np.savez(path, **{'conv1/W': np.array([print], dtype=object)})
    assert 'W.npz' in one_error(capsys, '--data-dir', folder, '--pretrained-model', path)


def test_a_pair_without_published_weights_lists_those_that_exist(folder, capsys):
    arguments = ('--dataset', 'camvid', '--model', 'pspnet_resnet50', '--data-dir', str(folder))
    assert main(arguments) == 1
    error = capsys.readouterr().err
    assert 'no weights of pspnet_resnet50 for camvid' in error
    assert 'segnet camvid' in error


def test_a_gpu_without_cupy_names_the_extra(folder, weights, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, 'cupy', None)
    error = one_error(capsys, '--gpu', 0, '--data-dir', folder, '--pretrained-model', weights)
    assert 'needs CuPy, which is not installed' in error
    assert 'chainercv_seg[cuda12]' in error


def test_a_missing_opencv_is_noticed_before_the_first_image(folder, weights, capsys, monkeypatch):
    import chainer

    monkeypatch.setattr(chainer.global_config, 'cv_resize_backend', None, raising=False)
    monkeypatch.setitem(sys.modules, 'cv2', None)
    arguments = ('--resize-backend', 'cv2', '--pretrained-model', weights)
    error = one_error(capsys, *arguments, '--data-dir', folder)
    assert 'needs OpenCV, which is not installed' in error


@pytest.fixture
def interruptible():
    """A shell that starts the tests in the background has them ignore interrupts."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures('interruptible')
def test_an_interrupted_run_ends_with_130_says_how_to_go_on_and_does(
    folder, weights, tmp_path, capsys, monkeypatch
):
    arguments = [*SEGNET, '--data-dir', str(folder), '--pretrained-model', str(weights)]
    assert main(arguments) == 0
    whole = capsys.readouterr().out
    predict, calls = PreparedNetwork.predict, []

    def interrupted(self, imgs):
        calls.append(imgs)
        if len(calls) == 2:
            signal.raise_signal(signal.SIGINT)
        return predict(self, imgs)

    monkeypatch.setattr(PreparedNetwork, 'predict', interrupted)
    journal = str(tmp_path / 'J')
    assert main([*arguments, '--resume', journal]) == 130
    captured = capsys.readouterr()
    assert captured.out == ''
    assert f'--resume {journal}' in captured.err
    assert 'Traceback' not in captured.err
    assert main([*arguments, '--resume', journal]) == 0
    assert capsys.readouterr().out == whole
    assert len(calls) == 4  # of three images one was done

    calls.clear()
    assert main(arguments) == 130
    assert 'With --resume FILE' in capsys.readouterr().err


def test_a_file_that_is_no_journal_is_one_error_and_stays(folder, weights, tmp_path, capsys):
    path = tmp_path / 'notes.txt'
    path.write_text('mine\n')
    options = ('--data-dir', folder, '--pretrained-model', weights, '--resume', path)
    assert 'notes.txt is not the journal' in one_error(capsys, *options)
    assert path.read_text() == 'mine\n'


def test_the_journal_of_another_weight_file_is_one_error(folder, weights, tmp_path, capsys):
    import chainer

    other = tmp_path / weights.name  # of the same name
    chainer.serializers.save_npz(other, SegNetBasic(n_class=11))
    options = ('--data-dir', folder, '--resume', tmp_path / 'J', '--pretrained-model')
    assert main([*SEGNET, *map(str, options), str(weights)]) == 0
    capsys.readouterr()
    assert 'another evaluation: weights is' in one_error(capsys, *options, other)


@pytest.fixture
def own(folder, tmp_path):
    """CamVid's test images and label maps as a data set of one's own."""
    (tmp_path / 'names.txt').write_text(''.join(f'class {k}\n' for k in range(11)))
    places = ('--images', folder / 'test', '--labels', folder / 'testannot', '--ignore-label', 11)
    names = ('--label-names', tmp_path / 'names.txt')
    return list(map(str, ('--dataset', 'folder', '--model', 'segnet', *places, *names)))


def test_folders_of_ones_own_are_evaluated_alike(folder, weights, own, capsys):
    network = ['--pretrained-model', str(weights), '--no-optimize']
    assert main([*SEGNET, '--data-dir', str(folder), *network]) == 0
    expected = [line.split()[-1] for line in capsys.readouterr().out.splitlines()[1:-1]]
    assert main([*own, *network]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[-1] for line in lines[1:-1]] == expected
    assert lines[1].startswith('class 0 ')
    assert f'data {folder / "testannot"} all, images 3' in lines[-1]


def test_folders_need_images_and_weights(own, capsys):
    assert main(own) == 1
    assert 'no weights of segnet for folder are published' in capsys.readouterr().err
    with pytest.raises(SystemExit, match='2'):
        main([*own[:4], *own[6:]])
    assert 'needs --images' in capsys.readouterr().err
