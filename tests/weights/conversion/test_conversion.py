import numpy as np
import pytest

import chainercv_seg  # noqa: F401
from chainercv_seg.utils.errors import WeightsError
from chainercv_seg.weights.conversion import Conversion, number_of_classes
from chainercv_seg.weights.conversion.table import normalization

# isort: split
import chainer
import chainer.links as L

RNG = np.random.RandomState(0)
SOURCE = {
    'w': RNG.randn(4, 3, 2, 2).astype(np.float32),
    'scale': RNG.rand(1, 4, 1, 1).astype(np.float32),
    'shift': RNG.rand(4).astype(np.float32),
    'mean': RNG.rand(4).astype(np.float32),
    'var': RNG.rand(4).astype(np.float32),
    'step': np.float32(7),
}


class Net(chainer.Chain):
    def __init__(self):
        super().__init__()
        with self.init_scope():
            self.conv = L.Convolution2D(3, 4, 2, nobias=True)
            self.bn = L.BatchNormalization(4)


def rules(link):
    conversion = Conversion()
    conversion.use('conv/W', 'w', by=lambda W: W[:, ::-1])
    for entry in normalization('bn', ('scale', 'shift', 'mean', 'var'), 1e-3):
        conversion.use_entry(entry, link.bn)
    conversion.leave('step', 'a count')
    return conversion


def test_a_network_computes_what_the_source_says():
    link = Net()
    lines = rules(link).apply(link, SOURCE, origin='F')
    x = RNG.randn(2, 3, 5, 5).astype(np.float32)
    with chainer.using_config('train', False):
        found = link.bn(link.conv(x)).array
    h = chainer.functions.convolution_2d(x, SOURCE['w'][:, ::-1]).array
    axes = (slice(None), None, None)
    scale = SOURCE['scale'].ravel() / np.sqrt(SOURCE['var'] + 1e-3)
    expected = (h - SOURCE['mean'][axes]) * scale[axes] + SOURCE['shift'][axes]
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
    assert lines == [
        'used w (4, 3, 2, 2) for conv/W',
        'used scale (1, 4, 1, 1) for bn/gamma',
        'used shift (4,) for bn/beta',
        'used mean (4,) for bn/avg_mean',
        'used var (4,) for bn/avg_var',
        'left step (): a count',
    ]


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        ({'w': None}, 'Missing in the file: w. Left over in it: none'),
        ({'b': np.zeros(4)}, 'Missing in the file: none. Left over in it: b'),
        ({'w': np.zeros((4, 5, 2, 2))}, r'conv/W \(float64 \(4, 5, 2, 2\), expected float32'),
        ({'mean': np.zeros(3, 'f')}, r'bn/avg_mean \(float32 \(3,\), expected float32 \(4,\)'),
    ],
)
def test_what_does_not_fit_is_refused_and_the_network_stays_as_it_was(change, message):
    link = Net()
    before = [p.array.copy() for _, p in sorted(link.namedparams())]
    source = {k: v for k, v in {**SOURCE, **change}.items() if v is not None}
    with pytest.raises(WeightsError, match=f'F does not fit the network.*{message}'):
        rules(link).apply(link, source, origin='F')
    for (_, parameter), old in zip(sorted(link.namedparams()), before, strict=True):
        np.testing.assert_array_equal(parameter.array, old)


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (
            {'w': np.full((4, 3, 2, 2), np.nan, 'f')},
            'w in F holds numbers that are NaN or too large',
        ),
        (
            {'mean': np.array([0, 1, np.inf, 0], 'f')},
            'mean in F holds numbers that are NaN or too large',
        ),
        ({'w': np.zeros((4, 3, 2, 2), np.int8)}, 'w in F holds int8, no floating-point numbers'),
        ({'w': np.zeros((4, 3, 2, 2), 'c8')}, 'w in F holds complex64, no floating-point numbers'),
        ({'var': np.ones(4, bool)}, 'var in F holds bool, no floating-point numbers'),
        (
            {'var': np.broadcast_to(np.float32(1), 10**12)},
            r'var in F has the shape \(1000000000000,\)',
        ),
    ],
)
def test_arrays_are_checked_before_anything_is_computed_with_them(change, message):
    link = Net()
    with pytest.raises(WeightsError, match=message):
        rules(link).apply(link, {**SOURCE, **change}, origin='F')


@pytest.mark.parametrize(
    ('change', 'by', 'message'),
    [
        ({'w': np.zeros(96, 'f')}, lambda W: W[:, ::-1], r'conv/W cannot be made of w \(96,\)'),
        (
            {'w': np.zeros((4, 24), 'f')},
            lambda W: W.transpose(0, 3, 1, 2),
            r'cannot be made of w \(4, 24\)',
        ),
        ({}, lambda W: W * np.ones(5), r'cannot be made of w \(4, 3, 2, 2\)'),
        (
            {'w': np.zeros((4, 1, 2, 2), 'f')},
            lambda W: W * np.ones((3, 1, 1)),
            r'W would be \(4, 3, 2, 2\)',
        ),
        (
            {'var': np.full(4, -1, 'f')},
            None,
            r'bn/avg_var cannot be made of var \(4,\): variances are not',
        ),
    ],
)
@pytest.mark.filterwarnings('error')
def test_arrays_of_shapes_that_cannot_be_converted_are_refused(change, by, message):
    link = Net()
    conversion = rules(link)
    if by is not None:
        conversion.use('conv/W', 'w', by=by)
    with pytest.raises(WeightsError, match=message):
        conversion.apply(link, {**SOURCE, **change}, origin='F')


def test_arrays_that_are_left_may_hold_anything():
    link = Net()
    rules(link).apply(link, {**SOURCE, 'step': np.array([np.nan, 1j])}, origin='F')


@pytest.mark.parametrize('shape', [(), (0, 3, 2, 2), (4, 3, 2), (4, 3, 2, 1), (4, 3, 2, 2, 1)])
def test_the_number_of_classes_is_that_of_a_kernel_of_the_right_shape(shape):
    expected = None, 3, 2, 2
    assert number_of_classes(SOURCE, 'w', expected, origin='F') == 4
    with pytest.raises(
        WeightsError, match=r'w in F has the shape .*, expected \(classes, 3, 2, 2\)'
    ):
        number_of_classes({'w': np.zeros(shape)}, 'w', expected, origin='F')


def test_an_array_without_a_rule_and_a_rule_without_an_array_are_refused():
    link = Net()
    conversion = Conversion()
    conversion.use('conv/V', 'w')
    with pytest.raises(WeightsError, match=r'No rule for: .*conv/W\. Rules for .*: conv/V'):
        conversion.apply(link, {'w': SOURCE['w']}, origin='F')


def test_a_file_without_the_last_layer_is_named():
    with pytest.raises(WeightsError, match=r'F has no fc, .* It has: w, scale, .*and 1 more'):
        number_of_classes(SOURCE, 'fc', (None, 2), origin='F')
