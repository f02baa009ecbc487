"""Graphs of whole networks, computed by ONNX Runtime and held against the networks themselves."""

from dataclasses import fields, make_dataclass

import numpy as np
import pytest

pytest.importorskip('onnx', reason='graphs are written by onnx')
pytest.importorskip('onnxruntime', reason='graphs are computed by onnxruntime')

import onnx
import onnxruntime

from chainercv_seg.export import write_onnx
from chainercv_seg.export.onnx_views import plan_frame
from chainercv_seg.links import PSPNetResNet50, SegNetBasic
from tests.export.networks import SIZES, check, deeplab, plain, pspnet, pspnet101, segnet


@pytest.fixture
def write(tmp_path):
    """Write a graph, and open it: give a function from images to scores and labels."""

    def write(link, **options):
        write_onnx(link, tmp_path / 'model.onnx', **options)
        session = onnxruntime.InferenceSession(str(tmp_path / 'model.onnx'))
        names = [output.name for output in session.get_outputs()]
        return lambda images: session.run(sorted(names, reverse=True), {'images': images})

    return write


@pytest.mark.parametrize('unpooling', ['max', 'gather'])
@pytest.mark.parametrize('size', [*SIZES, (1, 1), (17, 16)])
def test_segnet(write, size, unpooling):
    link = segnet()
    compute = write(link, size=size, unpooling=unpooling)
    for n in (1, 3):
        check(link, size, compute, n)


@pytest.mark.parametrize('unpooling', ['max', 'gather'])
def test_segnet_of_varying_sizes(write, unpooling):
    link = segnet()
    compute = write(link, unpooling=unpooling)
    for size, n in [((48, 64), 1), ((80, 32), 3)]:
        check(link, size, compute, n)
    with pytest.raises(Exception, match='SpaceToDepth'):
        compute(np.zeros((1, 3, 48, 56), np.float32))


@pytest.mark.parametrize('size', [(75, 60), (81, 66)])
def test_pspnet(write, size):
    link = pspnet(size)
    compute = write(link)
    for n in (1, 3):
        assert len(np.unique(check(link, size, compute, n))) > 1


def test_deeplab(write):
    link = deeplab()
    for given in (None, *SIZES[:2]):
        compute = write(link, size=given)
        for size in SIZES if given is None else [given]:
            for n in (1, 3):
                check(link, size, compute, n)


@pytest.mark.slow
@pytest.mark.parametrize(
    ('build', 'size'),
    [(pspnet101, (97, 105)), (pspnet, (473, 473)), (deeplab, (360, 481)), (segnet, (360, 480))],
)
def test_networks_of_full_size(write, build, size):
    link = build(size)
    check(link, size, write(link, size=size), 1)


@pytest.mark.slow
@pytest.mark.parametrize(
    'arguments',
    [
        {'pooling': 'adaptive', 'mean': (120, 110, 100), 'std': (58, 57, 56), 'cover_all': False},
        {'align_corners': False, 'stem': (32, 32, 64), 'stride_first': True},
    ],
)
def test_pspnets_of_others(write, arguments):
    link = plain(PSPNetResNet50(5, input_size=(75, 60), flip=False, **arguments))
    check(link, (75, 60), write(link), 1)


def test_a_network_that_mirrors_images_is_exported_as_one_that_does_not(write):
    link = pspnet((48, 48))
    link.flip, link.scales = True, (0.5, 1.0)
    compute = write(link)
    link.flip, link.scales = False, None
    check(link, (48, 48), compute, 1)


def test_outputs_can_be_chosen(write):
    link, images = segnet(), np.full((1, 3, 16, 16), 100, np.float32)
    scores, labels = write(link)(images)
    (only,) = write(link, outputs=['labels'])(images)
    np.testing.assert_array_equal(only, labels)
    (only,) = write(link, outputs=['scores'])(images)
    np.testing.assert_array_equal(only, scores)
    for outputs in ([], ['probabilities']):
        with pytest.raises(ValueError, match='outputs should be some of scores, labels'):
            write(link, outputs=outputs)


def test_metadata_and_the_signature_are_in_the_file(tmp_path):
    write_onnx(segnet(), tmp_path / 'a.onnx', size=(45, 58), metadata={'a': 'b', 'c': '["é"]'})
    model = onnx.load(tmp_path / 'a.onnx')
    assert {p.key: p.value for p in model.metadata_props} == {'a': 'b', 'c': '["é"]'}
    assert model.opset_import[0].version == 17
    shapes = {
        value.name: [d.dim_param or d.dim_value for d in value.type.tensor_type.shape.dim]
        for value in (*model.graph.input, *model.graph.output)
    }
    assert shapes == {
        'images': ['N', 3, 45, 58],
        'scores': ['N', 5, 45, 58],
        'labels': ['N', 45, 58],
    }


def test_a_tile_of_another_size_is_refused(write):
    with pytest.raises(ValueError, match='images of 48x48, the size of a tile'):
        write(PSPNetResNet50(2, input_size=48), size=(48, 64))


def test_a_network_on_a_gpu_is_refused(write, monkeypatch):
    monkeypatch.setattr(SegNetBasic, 'device', type('device', (), {'name': '@cupy:0'}))
    with pytest.raises(ValueError, match='found one on @cupy:0: call to_cpu'):
        write(segnet())


def test_a_colourful_canvas_is_refused(write):
    link = deeplab()
    link.feature_extractor.mean = np.array([1, 2, 3], np.float32)[:, None, None]
    with pytest.raises(TypeError, match='canvas of the colour'):
        write(link)


def test_a_grey_canvas_of_another_shade_is_exported(write):
    link = deeplab()
    link.feature_extractor.mean = np.full((3, 1, 1), 30, np.float32)
    check(link, (40, 56), write(link), 1)


def test_views_and_settings_that_are_not_known_are_refused():
    views = pspnet((48, 48)).views
    known = [(field.name, object) for field in fields(views)]
    later = make_dataclass(
        'LaterViews', [('gamma', object, None)], bases=(type(views),), frozen=True
    )
    with pytest.raises(TypeError, match='looks at images by LaterViews'):
        plan_frame(later(**{name: getattr(views, name) for name, _ in known}, gamma=2), None, None)


def test_nothing_is_written_of_a_network_that_cannot_be_exported(tmp_path, monkeypatch):
    monkeypatch.setattr('chainercv_seg.engines.onnx.writing._MOST_BYTES', 1 << 20)
    with pytest.raises(ValueError, match='at most 2 GiB, and this network takes'):
        write_onnx(segnet(), tmp_path / 'a.onnx')
    assert not list(tmp_path.iterdir())
