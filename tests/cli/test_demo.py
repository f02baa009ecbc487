import os
import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from chainercv_seg.cli.benchmarks import BENCHMARKS
from chainercv_seg.cli.demo import main
from chainercv_seg.cli.image_paths import image_paths, picture_names
from chainercv_seg.cli.pictures import write_indexed, write_overlay
from chainercv_seg.cli.viewing_size import default_size, viewed_size
from chainercv_seg.datasets import (
    SyntheticStreetDataset,
    camvid_label_colors,
    camvid_label_names,
)
from chainercv_seg.links import SegNetBasic
from chainercv_seg.transforms import resize
from chainercv_seg.utils import UserError, read_image, read_label, write_image

SCRIPT = Path(__file__).parents[2] / 'examples/semantic_segmentation/demo.py'
SEGNET = ('--dataset', 'camvid', '--model', 'segnet')


@pytest.fixture(scope='module', autouse=True)
def no_window():
    pytest.importorskip('matplotlib').use('agg')


@pytest.fixture(scope='module')
def link():
    np.random.seed(0)
    link = SegNetBasic(n_class=11)
    for name, parameter in link.namedparams():
        if name.endswith('beta'):  # else nearly all pixels are of one class
            parameter.array[...] = np.random.uniform(-1, 1, parameter.shape)
    return link


@pytest.fixture(scope='module')
def weights(tmp_path_factory, link):
    import chainer

    path = tmp_path_factory.mktemp('weights') / 'W.npz'
    chainer.serializers.save_npz(path, link)
    return str(path)


@pytest.fixture
def folder(tmp_path):
    """Two images, one with transparency, and a file that is none."""
    rng = np.random.default_rng(0)
    folder = tmp_path / 'images'
    folder.mkdir()
    write_image(rng.integers(0, 256, (3, 40, 48)), folder / 'a.png')
    Image.fromarray(rng.integers(0, 256, (33, 31, 4)).astype('u1'), 'RGBA').save(folder / 'b.PNG')
    (folder / 'notes.txt').write_text('no image')
    return folder


def test_the_script_writes_overlays_and_the_networks_labels(folder, weights, link):
    output = folder.parent / 'out'
    options = [
        *('--pretrained-model', weights, '--output', output),
        *('--save-labels', '--no-optimize'),
    ]
    done = subprocess.run(
        [sys.executable, SCRIPT, folder, *SEGNET, *options],
        capture_output=True,
        text=True,
        check=True,
    )
    names = sorted(path.name for path in output.iterdir())
    assert names == ['a_labels.png', 'a_overlay.png', 'b_labels.png', 'b_overlay.png']
    (expected,) = link.predict([read_image(folder / 'a.png')])
    np.testing.assert_array_equal(read_label(output / 'a_labels.png'), expected)
    assert read_label(output / 'b_labels.png').shape == (33, 31)
    assert done.stdout.splitlines()[0] == (
        f'{folder / "a.png"} -> {output / "a_overlay.png"}, {output / "a_labels.png"}'
    )


def test_the_optimized_network_gives_the_same_labels_but_for_ties(folder, weights, link):
    output = folder.parent / 'out'
    options = ['--pretrained-model', weights, '--output', str(output), '--save-labels']
    assert main([str(folder / 'a.png'), *SEGNET, *options]) == 0
    (expected,) = link.predict([read_image(folder / 'a.png')])
    assert (read_label(output / 'a_labels.png') != expected).mean() < 2e-3


def test_labels_are_saved_only_when_asked_for(folder, weights, capsys):
    output = folder.parent / 'out'
    options = ['--pretrained-model', weights, '--output', str(output)]
    assert main([str(folder / 'a.png'), *SEGNET, *options]) == 0
    assert [path.name for path in output.iterdir()] == ['a_overlay.png']


@pytest.mark.parametrize(('height', 'width'), [(150, 200), (30, 101), (700, 20)])
def test_the_overlay_holds_the_image_pixel_by_pixel_and_a_legend_beside_it(height, width, tmp_path):
    rng = np.random.default_rng(0)
    img = rng.integers(0, 256, (3, height, width)).astype('f')
    label = rng.choice([0, 3], (height, width)).astype(np.int32)
    write_overlay(img, label, tmp_path / 'o.png', camvid_label_names, camvid_label_colors)
    picture = read_image(tmp_path / 'o.png', alpha='ignore')
    colors = np.array(camvid_label_colors).reshape(11, 3, 1, 1)
    painted = np.where(label == 0, colors[0], colors[3])
    np.testing.assert_allclose(
        picture[:, :height, :width], 0.4 * img + 0.6 * painted, rtol=0, atol=1.5
    )
    beside = picture[:, :, width:]
    assert beside[:, -1].mean() == beside[:, :, -1].mean() == 255  # nothing is cut off
    for color, there in zip(colors, [True, False, False, True] + [False] * 7, strict=True):
        seen = 0.4 * 255 + 0.6 * color  # as the label map is seen on white
        assert (abs(beside - seen) <= 1).all(axis=0).any() == there


def test_without_images_it_draws_a_street(tmp_path, capsys):
    assert main(['--output', str(tmp_path), '--save-labels']) == 0
    img, truth = SyntheticStreetDataset('test')[0]
    np.testing.assert_array_equal(read_image(tmp_path / 'street.png'), img)
    label = read_label(tmp_path / 'street_labels.png')
    assert (label == truth)[truth >= 0].mean() > 0.8  # by the weights that come with the package
    assert 'street_overlay.png' in capsys.readouterr().out


def test_a_label_file_has_the_palette_of_the_data_set(tmp_path):
    label = np.array([[0, 10, 3]], np.int32)
    write_indexed(label, tmp_path / 'l.png', camvid_label_colors)
    with Image.open(tmp_path / 'l.png') as file:
        assert file.mode == 'P'
        np.testing.assert_array_equal(file, label)
        colors = np.array(file.convert('RGB'))[0]
    np.testing.assert_array_equal(colors, [camvid_label_colors[i] for i in (0, 10, 3)])


def test_more_classes_than_a_palette_has_are_whole(tmp_path):
    label = np.array([[0, 255, 256, 299]], np.int32)
    write_indexed(label, tmp_path / 'l.png', [(0, 0, 0)] * 300)
    np.testing.assert_array_equal(read_label(tmp_path / 'l.png'), label)


def test_folders_give_their_images_in_order(folder):
    assert image_paths([folder]) == [folder / 'a.png', folder / 'b.PNG']
    assert image_paths([folder / 'b.PNG', folder / 'a.png']) == [
        folder / 'b.PNG',
        folder / 'a.png',
    ]


def test_what_is_no_image_is_named(folder):
    with pytest.raises(UserError, match=r'missing\.png: there is no image there'):
        image_paths([folder / 'missing.png'])
    (folder / 'empty').mkdir()
    with pytest.raises(UserError, match='empty: there is no image there'):
        image_paths([folder / 'empty'])


@pytest.mark.parametrize(
    ('paths', 'names'),
    [
        (['a.jpg', 'b.png'], ['a', 'b']),
        (['a.jpg', 'a.png', 'b.png'], ['a.jpg', 'a.png', 'b']),
        (['x/a.jpg', 'y/a.jpg', 'z/A.JPG'], ['a.jpg', 'a.jpg_2', 'A.JPG_3']),
        (['e\u0301.png', '\u00e9.gif'], ['e\u0301.png', '\u00e9.gif']),
        (['a.jpg', 'a.png', 'a.jpg.png'], ['a.jpg_2', 'a.png', 'a.jpg']),
    ],
)
def test_pictures_never_overwrite_one_another(paths, names):
    assert picture_names(list(map(Path, paths))) == names


def test_images_of_one_stem_a_file_given_twice_and_gifs_are_segmented(folder, weights, capsys):
    for name in ('a.gif', 'a.bmp'):
        Image.open(folder / 'a.png').save(folder / name)
    output = folder / 'o'
    images = [folder, folder / 'a.png', folder / '..' / 'images' / 'a.png']
    arguments = ['--pretrained-model', weights, '--output', output]
    assert main(list(map(str, [*images, *SEGNET, *arguments]))) == 0
    assert len(capsys.readouterr().out.splitlines()) == 4
    stems = ['a.bmp', 'a.gif', 'a.png', 'b']
    assert sorted(os.listdir(output)) == [f'{stem}_overlay.png' for stem in stems]


@pytest.mark.parametrize(
    ('size', 'seen'),
    [
        (64, (32, 64)),
        pytest.param(None, (240, 480), marks=pytest.mark.slow),
        pytest.param(0, (300, 600), marks=pytest.mark.slow),
    ],
)
def test_a_large_image_is_looked_at_at_a_size_and_its_labels_brought_back(
    tmp_path, weights, link, capsys, size, seen
):
    img = np.random.default_rng(0).integers(0, 256, (3, 300, 600)).astype(np.float32)
    write_image(img, tmp_path / 'a.png')
    options = [] if size is None else ['--size', size]
    arguments = [
        '--pretrained-model',
        weights,
        '--output',
        tmp_path,
        '--save-labels',
        '--no-optimize',
    ]
    assert main(list(map(str, [tmp_path / 'a.png', *SEGNET, *arguments, *options]))) == 0
    (expected,) = link.predict([resize(img, seen)])
    label = read_label(tmp_path / 'a_labels.png')
    assert label.shape == (300, 600)
    np.testing.assert_array_equal(
        label, resize(expected[None], (300, 600), Image.Resampling.NEAREST)[0]
    )
    line = capsys.readouterr().out
    assert (f'{seen[1]}x{seen[0]} pixels of its 600x300' in line) == (size != 0)


@pytest.mark.parametrize(
    ('own', 'longer', 'size'),
    [
        ((4000, 6000), 480, (320, 480)),
        ((6000, 4000), 500, (500, 333)),
        ((300, 400), 480, (300, 400)),
        ((300, 400), 0, (300, 400)),
        ((1, 9999), 100, (1, 100)),
    ],
)
def test_images_become_smaller_only_and_keep_their_shape(own, longer, size):
    assert viewed_size(*own, longer) == size


def test_every_data_set_has_a_size():
    assert {default_size(name) for name in BENCHMARKS} == {683, 480, 2048, 500}
    assert default_size('folder') == 1024


def test_the_colours_of_the_legend_are_those_of_the_overlay(tmp_path):
    label = np.full((200, 300), 1, np.int32)
    white = np.full((3, 200, 300), 255, np.float32)
    write_overlay(white, label, tmp_path / 'o.png', ['a', 'b'], [(9, 9, 9), (200, 30, 70)])
    picture = read_image(tmp_path / 'o.png', alpha='ignore')
    color = picture[:, 0, 0]
    same = (picture[:, :, 300:] == color[:, None, None]).all(axis=0)
    assert same.sum() > 50  # of the legend's patch


def test_the_overlay_of_a_large_photograph_takes_little_memory(tmp_path):
    label = np.zeros((2000, 1500), np.int32)
    img = np.zeros((3, *label.shape), np.float32)
    write_overlay(img[:, :9, :9], label[:9, :9], tmp_path / 'o.png', ['a'], [(9, 9, 9)])
    tracemalloc.start()
    try:
        write_overlay(img, label, tmp_path / 'o.png', ['a'], [(9, 9, 9)])
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (
        peak < 10 * label.size + 100_000
    )  # and Python's own; in float64 it was a hundred bytes a pixel


def test_errors_are_messages(folder, weights, capsys):
    assert main([str(folder / 'c.png'), *SEGNET, '--pretrained-model', weights]) == 1
    assert 'there is no image there' in capsys.readouterr().err
    options = ['--pretrained-model', weights, '--output', str(folder / 'out')]
    assert main([str(folder / 'notes.txt'), *SEGNET, *options]) == 1
    assert 'notes.txt cannot be read as an image' in capsys.readouterr().err


def test_hidden_files_are_left_out(folder):
    for name in ('._a.png', '.DS_Store', '.hidden.jpg'):
        (folder / name).write_bytes(b'\0\5\26\7Mac OS X')
    (folder / '.ipynb_checkpoints').mkdir()
    assert image_paths([folder]) == [folder / 'a.png', folder / 'b.PNG']


def test_a_bad_image_keeps_no_other_from_being_segmented(folder, weights, capsys):
    (folder / 'a1.png').write_bytes(b'no image')
    (folder / 'c.jpg').write_bytes(b'\xff\xd8\xff')
    output = folder / 'out'
    options = ['--pretrained-model', weights, '--output', str(output)]
    assert main([str(folder), *SEGNET, *options]) == 1
    assert sorted(path.name for path in output.iterdir()) == ['a_overlay.png', 'b_overlay.png']
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 3
    assert 'a1.png cannot be read as an image' in lines[0]
    assert lines[2] == f'error: 2 of 4 images failed: {folder / "a1.png"}, {folder / "c.jpg"}'


@pytest.mark.parametrize(
    'name', ['cam1.0001.png', 'x.tar.png', 'a b.png', 'a\x1b[31m.png', 'é.png']
)
def test_pictures_have_the_whole_names_of_their_images(folder, weights, capsys, name):
    (folder / 'a.png').rename(folder / name)
    output = folder / 'out'
    options = ['--pretrained-model', weights, '--output', str(output)]
    assert main([str(folder / name), *SEGNET, *options]) == 0
    assert [path.name for path in output.iterdir()] == [name.replace('.png', '_overlay.png')]
    assert capsys.readouterr().out.rstrip('\n').isprintable()


def test_a_name_that_is_no_text_is_shown_and_kept(folder, weights, capsys):
    name = os.fsdecode(b'caf\xe9.png')
    (folder / 'a.png').rename(folder / name)
    output = folder / 'out'
    options = ['--pretrained-model', weights, '--output', str(output)]
    assert main([str(folder / name), *SEGNET, *options]) == 0
    assert os.listdir(os.fsencode(output)) == [b'caf\xe9_overlay.png']
    assert r'caf\xe9.png -> ' in capsys.readouterr().out


@pytest.mark.parametrize(
    'backend',
    [
        'nonsense',
        pytest.param('module://matplotlib_inline.backend_inline', marks=pytest.mark.slow),
        pytest.param('TkAgg', marks=pytest.mark.slow),
    ],
)
def test_a_notebooks_backend_does_not_matter(folder, weights, backend):
    output = folder / 'out'
    options = ['--pretrained-model', weights, '--output', output]
    command = [sys.executable, SCRIPT, folder / 'a.png', *SEGNET, *options]
    environment = {**os.environ, 'MPLBACKEND': backend}
    subprocess.run(command, env=environment, check=True, capture_output=True)
    assert (output / 'a_overlay.png').exists()
    if backend != 'TkAgg':
        done = subprocess.run([*command, '--show'], env=environment, capture_output=True, text=True)
        assert done.returncode == 1
        assert done.stderr.startswith('error: Matplotlib can open no window')
        assert done.stderr.count('\n') == 1


@pytest.mark.parametrize('backend', ['agg', 'svg', 'Cairo'])
def test_without_a_screen_show_is_an_error(folder, capsys, monkeypatch, backend):
    pyplot = pytest.importorskip('matplotlib.pyplot')
    monkeypatch.setattr(pyplot, 'get_backend', lambda: backend)
    assert main([str(folder), '--show']) == 1
    error = capsys.readouterr().err
    assert error.startswith(f'error: Matplotlib can open no window: it draws with {backend}')
    assert 'Leave out --show' in error


@pytest.mark.parametrize('place', ['file', 'link', 'file/below'])
def test_an_output_that_is_no_folder_is_said_before_the_network_is_built(folder, capsys, place):
    (folder / 'file').touch()
    (folder / 'link').symlink_to(folder / 'gone')
    assert main([str(folder / 'a.png'), '--output', str(folder / place)]) == 1
    error = capsys.readouterr().err
    reason = 'gone, where there is nothing' if place == 'link' else 'is a file, not a folder'
    assert reason in error
    assert error.count('\n') == 1


def test_an_image_that_is_a_broken_link_says_where_it_leads(folder, capsys):
    (folder / 'c.png').symlink_to(folder / 'gone.png')
    assert main([str(folder / 'c.png')]) == 1
    assert 'gone.png, where there is nothing' in capsys.readouterr().err


def test_a_model_without_published_weights_names_those_that_exist(folder, capsys):
    assert main([str(folder), '--dataset', 'voc', '--model', 'segnet']) == 1
    assert 'segnet camvid' in capsys.readouterr().err


def test_classes_of_ones_own_have_names_and_colours(folder, weights):
    (folder / 'names.txt').write_text(''.join(f'class {k}\n' for k in range(11)))
    output = folder / 'out'
    own = ['--dataset', 'folder', '--model', 'segnet', '--label-names', str(folder / 'names.txt')]
    options = ['--pretrained-model', weights, '--output', str(output), '--save-labels']
    assert main([str(folder / 'a.png'), *own, *options]) == 0
    with Image.open(output / 'a_labels.png') as img:
        assert img.getpalette()[:9] == [0, 0, 0, 128, 0, 0, 0, 128, 0]


@pytest.mark.parametrize(
    'options',
    [(*SEGNET, '--scales', '1'), ('--dataset', 'folder', '--model', 'segnet')],
)
def test_wrong_usage_exits_with_2(folder, options):
    with pytest.raises(SystemExit, match='2'):
        main([str(folder), *options])
    with pytest.raises(SystemExit, match='2'):
        main([str(folder), *SEGNET, '--label-names', 'names.txt'])
