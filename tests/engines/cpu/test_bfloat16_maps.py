"""Maps that are kept in bfloat16: the same bits as if each reader rounded, and half of the bytes."""

from dataclasses import replace

import numpy as np
import pytest

from chainercv_seg.engines.cpu.bfloat16 import rounded
from chainercv_seg.engines.cpu.bfloat16_maps import is_in_bfloat16
from chainercv_seg.engines.cpu.convolution import prepare_convolution
from chainercv_seg.engines.cpu.depthwise import DepthwiseConvolution, separable_convolution
from chainercv_seg.engines.cpu.engine import CPUEngine
from chainercv_seg.engines.cpu.products.convolution import prepare_matmul
from chainercv_seg.engines.program import Image
from tests.engines.cpu.direct import random_map
from tests.engines.cpu.test_bfloat16 import needs_bfloat16, widened
from tests.engines.engine_contract import Verbs, begin, inputs, weights


def separable(x, O, *, stride=1, dilate=1, as_bfloat16=False, **options):
    C = x.shape[3]
    depthwise = DepthwiseConvolution(
        random_map(3, 3, C, seed=1),
        random_map(C, seed=2),
        stride=stride,
        pad=dilate,
        dilate=dilate,
        relu_before=True,
    )
    pointwise = prepare_matmul(random_map(O, C, 1, 1, seed=3), bfloat16=True)
    return separable_convolution(x, depthwise, pointwise, as_bfloat16=as_bfloat16, **options)


@needs_bfloat16
@pytest.mark.parametrize('kernel', [1, 3])
@pytest.mark.parametrize('C', [1, 7, 16, 24, 50])
@pytest.mark.parametrize('O', [1, 21, 64])
def test_products_read_what_they_would_round(kernel, C, O):
    x, W = random_map(2, 5, 7, C), random_map(O, C, kernel, kernel, seed=1)
    convolution = prepare_convolution(W, pad=kernel // 2, bfloat16=True, method='matmul')
    expected = convolution(x)
    np.testing.assert_array_equal(convolution(rounded(x)), expected)
    narrow = replace(convolution, as_bfloat16=True)(x)
    assert narrow.dtype == np.uint16
    np.testing.assert_array_equal(narrow, rounded(expected))


@needs_bfloat16
@pytest.mark.parametrize('relu', [False, True])
def test_results_are_rounded_when_all_has_been_added(relu):
    x, W, bias = random_map(1, 6, 5, 32), random_map(33, 32, 1, 1, seed=1), random_map(33, seed=2)
    more = random_map(1, 6, 5, 33, seed=3)
    convolution = prepare_convolution(W, bias, relu=relu, bfloat16=True)
    narrow = replace(convolution, as_bfloat16=True)(x, more)
    np.testing.assert_array_equal(narrow, rounded(convolution(x, more)))


@needs_bfloat16
@pytest.mark.parametrize(('C', 'O'), [(5, 3), (16, 17), (24, 64)])
@pytest.mark.parametrize('dilate', [1, 2])
def test_winograds_results_are_rounded(C, O, dilate):
    x, W = random_map(2, 9, 13, C), random_map(O, C, 3, 3, seed=1)
    options = {'pad': dilate, 'dilate': dilate, 'bfloat16': True, 'method': 'winograd'}
    convolution = prepare_convolution(W, **options)
    narrow = replace(convolution, as_bfloat16=True)(x)
    np.testing.assert_array_equal(narrow, rounded(convolution(x)))


@needs_bfloat16
@pytest.mark.parametrize('C', [1, 15, 16, 37, 1024])
@pytest.mark.parametrize(('stride', 'dilate'), [(1, 1), (1, 2), (2, 1), (1, 9)])
def test_depthwise_convolutions_read_and_write_them(C, stride, dilate):
    x = random_map(2, 8, 9, C)
    expected = separable(widened(rounded(x)), 21, stride=stride, dilate=dilate)
    found = separable(rounded(x), 21, stride=stride, dilate=dilate)
    np.testing.assert_array_equal(found, expected)
    found = separable(rounded(x), 21, stride=stride, dilate=dilate, as_bfloat16=True)
    np.testing.assert_array_equal(found, rounded(expected))


@needs_bfloat16
def test_what_is_no_number_stays_so():
    x = np.array([[[[np.nan, np.inf, -np.inf, 3.4e38]]]], 'f')
    W = np.eye(4, dtype=np.float32)[:, :, None, None]
    convolution = prepare_convolution(W, bfloat16=True)
    narrow = replace(convolution, as_bfloat16=True)(x)
    assert np.isnan(widened(narrow)).all()  # 0 times infinity
    for number in (np.inf, -np.inf, 3.4e38):
        alone = replace(convolution, as_bfloat16=True)(np.full((1, 1, 1, 4), number, np.float32))
        assert not np.isfinite(widened(alone)).any()


def kept(program):
    return [n for n in range(len(program.nodes)) if is_in_bfloat16(program, n)]


def test_maps_of_a_bottleneck_and_of_separable_convolutions():
    program, x = begin(64, relu=True)
    one = program.convolution(x, weights(64, 64, 1, 1))
    two = program.convolution(one, weights(64, 64, 1, 1, seed=1))
    three = program.convolution(two, weights(64, 64, 1, 1, seed=2), add=x)
    depthwise, pointwise = weights(64, 1, 3, 3), weights(64, 64, 1, 1)
    four = program.separable(three, depthwise, pointwise, pad=1)
    five = program.separable(four, depthwise, pointwise, pad=1)
    program.separable(five, depthwise, pointwise, pad=1, add=three)
    # What is added, the first (x, three), is not kept so; nor are the scores.
    assert kept(program) == [m.number for m in (one, two, four, five)]


@pytest.mark.parametrize('reader', ['pool', 'mean', 'join', 'unpool', 'added', 'seven'])
def test_what_others_read_too_stays_float32(reader):
    program, x = begin(8)
    h = program.convolution(x, weights(8, 8, 1, 1))
    program.convolution(h, weights(8, 8, 1, 1))
    assert kept(program)[-1] == h.number
    if reader == 'pool':
        program.max_pool(h, window=3, stride=2, pad=1)
    elif reader == 'mean':
        program.mean_pool(h)
    elif reader == 'join':
        program.join([h, x], like=h)
    elif reader == 'unpool':
        program.unpool(h, program.convolution(x, weights(8, 8, 3, 3), pad=1, pool=True))
    elif reader == 'added':
        program.convolution(x, weights(8, 8, 1, 1), add=h)
    else:
        program.convolution(h, weights(8, 8, 7, 7), pad=3)
    expected = reader == 'seven' and not _transforms()
    assert (h.number in kept(program)) == expected


def _transforms():
    """Whether there are other methods than matrix products."""
    from chainercv_seg.engines.cpu.compiled import COMPILED

    return COMPILED


def test_images_and_pooled_maps_stay_float32():
    program = Verbs()
    image = program.write(Image())
    pooled = program.convolution(image, weights(8, 3, 1, 1), pool=True)
    program.convolution(pooled, weights(8, 8, 1, 1))
    assert kept(program) == []


@needs_bfloat16
def test_a_network_gives_the_same_bits_where_products_alone_read_them(monkeypatch):
    def scores():
        program, x = begin(32, relu=True)
        h = program.convolution(x, weights(48, 32, 1, 1), relu=True)
        h = program.convolution(h, weights(33, 48, 1, 1, seed=1), relu=True)
        program.convolution(h, weights(5, 33, 1, 1, seed=2))
        return CPUEngine().compile(program, precision='bfloat16')(inputs((17, 23)))

    narrow = scores()
    monkeypatch.setattr(
        'chainercv_seg.engines.cpu.steps.is_in_bfloat16', lambda program, number: False
    )
    np.testing.assert_array_equal(narrow, scores())
