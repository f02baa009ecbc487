"""Graphs that were exported, as networks."""

import json

import numpy as np
import pytest

from chainercv_seg.utils.errors import MissingExtraError, WeightsError
from tests.export.networks import segnet

onnx_network = pytest.importorskip('chainercv_seg.export.onnx_network')
ONNXNetwork = onnx_network.ONNXNetwork
METADATA = {
    'class_names': json.dumps(['a', 'b', 'c', 'd', 'e']),
    'protocol': json.dumps({'model': 'SegNetBasic', 'input': 'whole image'}),
}


@pytest.fixture(scope='module')
def link():
    return segnet()


@pytest.fixture(scope='module')
def folder(tmp_path_factory, link):
    """Graphs of one size and of many, and one that was not exported by the command."""
    pytest.importorskip('onnx', reason='graphs are written by onnx')
    pytest.importorskip('onnxruntime', reason='graphs are computed by onnxruntime')
    from chainercv_seg.export import write_onnx

    folder = tmp_path_factory.mktemp('graphs')
    write_onnx(link, folder / 'fixed.onnx', size=(45, 58), metadata=METADATA)
    write_onnx(link, folder / 'free.onnx', metadata=METADATA)
    write_onnx(link, folder / 'bare.onnx')
    write_onnx(link, folder / 'scores.onnx', outputs=['scores'], metadata=METADATA)
    (folder / 'broken.onnx').write_bytes((folder / 'free.onnx').read_bytes()[:1000])
    return folder


def images(*sizes):
    rng = np.random.RandomState(0)
    return [rng.uniform(0, 255, (3, *size)).astype(np.float32) for size in sizes]


def test_it_predicts_what_the_network_does_in_batches_too(folder, link):
    for name, sizes in (('fixed', [(45, 58)] * 3), ('free', [(32, 48), (48, 64), (32, 48)])):
        network = ONNXNetwork(folder / f'{name}.onnx', threads=1, batchsize=2)
        imgs = images(*sizes)
        found, expected = network.predict(imgs), link.predict(imgs)
        assert [label.dtype for label in found] == [np.int32] * 3
        for label, one in zip(found, expected, strict=True):
            assert label.shape == one.shape
            assert (label != one).mean() <= 1e-3
        assert network.n_class == 5
        assert network.protocol == {
            'model': 'SegNetBasic',
            'input': 'whole image',
            'arithmetic': 'ONNX Runtime',
        }
        assert len(network.parameters_sha256) == 64


def test_other_sizes_are_refused_in_words(folder, capfd):
    with pytest.raises(
        WeightsError, match=r'images of 45x58, and this one is 45x60: .*--size 45x60'
    ):
        ONNXNetwork(folder / 'fixed.onnx').predict(images((45, 60)))
    message = r'some sizes only, and 45x60 is none of them: export .* with --size 45x60 \('
    with pytest.raises(WeightsError, match=message):
        ONNXNetwork(folder / 'free.onnx').predict(images((45, 60)))
    assert capfd.readouterr().err == ''  # the runtime itself says nothing


@pytest.mark.parametrize(
    ('name', 'message'),
    [
        ('bare', 'not a graph from images to labels'),
        ('scores', 'not a graph from images to labels'),
        ('broken', 'no sound graph of ONNX'),
        ('missing', 'cannot be read: No such file'),
    ],
)
def test_other_files_are_refused_in_words(folder, name, message):
    with pytest.raises(WeightsError, match=message) as error:
        ONNXNetwork(folder / f'{name}.onnx')
    assert '\n' not in str(error.value)


def test_a_missing_runtime_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__('sys').modules, 'onnxruntime', None)
    with pytest.raises(MissingExtraError, match='pip install onnxruntime'):
        ONNXNetwork(tmp_path / 'a.onnx')
