"""What every engine must do: a suite to inherit, against the reference engine."""

import numpy as np
import pytest

from chainercv_seg.engines.program import (
    Convolution,
    Image,
    Join,
    LocalResponse,
    MaxPool,
    MeanPool,
    Program,
    Separable,
    Unpool,
    Weights,
)
from tests.engines.reference import ReferenceEngine

SIZES = [(17, 23), (8, 8), (1, 1), (5, 40)]


class Verbs(Program):
    """A program that is written in fewer words."""

    def image(self, **options):
        return self.write(Image(**options))

    def convolution(self, x, weights, **options):
        return self.write(Convolution(x=x, weights=weights, **options))

    def separable(self, x, weights, pointwise, **options):
        return self.write(Separable(x=x, weights=weights, pointwise=pointwise, **options))

    def unpool(self, x, pooled):
        return self.write(Unpool(x=x, pooled=pooled))

    def max_pool(self, x, **options):
        return self.write(MaxPool(x=x, **options))

    def mean_pool(self, x, window=None, bins=None):
        return self.write(MeanPool(x=x, window=window, bins=bins))

    def join(self, maps, *, like, **options):
        return self.write(Join(x=like, maps=tuple(maps), **options))


def weights(*shape, seed=0, small=1.0):
    """Random kernels and biases."""
    rng = np.random.RandomState(seed)
    W = rng.normal(0, small / np.sqrt(np.prod(shape[1:])), shape)
    bias = rng.normal(0, 0.3, shape[0])
    return Weights(shape, lambda: (W.copy(), bias.copy()))


def inputs(size, n=2, seed=1):
    return np.random.RandomState(seed).normal(0, 1, (n, 3, *size)).astype(np.float32)


def begin(channels=8, **options):
    """A program of a first convolution."""
    program = Verbs()
    return program, program.convolution(
        program.image(), weights(channels, 3, 3, 3), pad=1, **options
    )


class EngineContract:
    """Tests of an engine.

    Attributes:
        engine: The engine.
        precision: The precision in which it is asked to compute.
    """

    engine = None
    precision = 'float32'

    def check(self, program, size, n=2, ties=0.0):
        """Compare with the reference, and the size with what `sizes` says; return the scores.

        In precisions less than float32 pooling takes another of nearly equal numbers here and there: so large
        a share of the results, ``ties``, may be farther off then.
        """
        x = inputs(size, n)
        expected = ReferenceEngine().compile(program)(x)
        runner = self.engine.compile(program, precision=self.precision)
        found = runner(x)
        assert found.dtype == np.float32
        assert found.shape == expected.shape
        assert found.shape[2:] == program.sizes(size)[-1]
        limit = self.engine.tolerance[self.precision] * max(1, np.abs(expected).max())
        if self.precision == 'float32' or not ties:
            np.testing.assert_allclose(found, expected, rtol=0, atol=limit)
        else:
            assert np.mean(np.abs(found - expected) > limit) < ties
        for i in range(n):  # the same bits, whatever else is in the batch
            np.testing.assert_array_equal(runner(x[i : i + 1])[0], found[i])
        return found

    @pytest.mark.parametrize('size', SIZES)
    @pytest.mark.parametrize('response', [None, LocalResponse(5, 1, 2e-5, 0.75)])
    def test_image(self, size, response):
        program = Verbs()
        x = program.image(local_response=response)
        program.convolution(x, weights(4, 3, 1, 1))
        self.check(program, size)

    @pytest.mark.parametrize('size', SIZES)
    @pytest.mark.parametrize(
        ('ksize', 'options'),
        [
            (1, {}),
            (1, {'stride': 2, 'relu': True}),
            (3, {'pad': 1}),
            (3, {'pad': 1, 'stride': 2, 'relu': True}),
            (3, {'pad': 4, 'dilate': 4, 'relu': True}),
            (7, {'pad': 3, 'relu': True}),
            (5, {'pad': 4}),
            (2, {'pad': 1}),
        ],
    )
    def test_convolution(self, size, ksize, options):
        program, x = begin(19)
        program.convolution(x, weights(33, 19, ksize, ksize, seed=2), **options)
        self.check(program, size)

    @pytest.mark.parametrize('ksize', [1, 3, 7])
    @pytest.mark.parametrize('relu', [False, True])
    @pytest.mark.parametrize('size', SIZES)
    def test_what_is_added_comes_before_the_relu(self, size, ksize, relu):
        program, x = begin(16)
        other = program.convolution(x, weights(16, 16, 1, 1, seed=3))
        program.convolution(
            x, weights(16, 16, ksize, ksize, seed=4), pad=ksize // 2, add=other, relu=relu
        )
        self.check(program, size)

    @pytest.mark.parametrize('size', SIZES)
    @pytest.mark.parametrize(('ksize', 'added'), [(3, False), (7, False), (3, True)])
    def test_pooling_and_unpooling(self, size, ksize, added):
        program, x = begin(16, relu=True)
        options = {'pad': ksize // 2, 'relu': True, 'pool': True}
        pooled = program.convolution(
            x, weights(16, 16, ksize, ksize, seed=5), add=x if added else None, **options
        )
        h = program.convolution(program.unpool(pooled, pooled), weights(16, 16, ksize, ksize, seed=6),
                                pad=ksize // 2)  # fmt: skip
        program.convolution(h, weights(5, 16, 1, 1, seed=7), add=None)
        self.check(program, size, ties=0.3)

    @pytest.mark.parametrize('size', SIZES)
    def test_unpooling_alone(self, size):
        program, x = begin(16, relu=True)
        first = program.convolution(x, weights(16, 16, 3, 3, seed=5), pad=1, pool=True)
        second = program.convolution(first, weights(16, 16, 3, 3, seed=6), pad=1, pool=True)
        larger = program.unpool(second, second)  # may be larger than what was pooled
        program.unpool(larger, first)
        self.check(program, size, ties=0.1)

    @pytest.mark.parametrize('size', SIZES)
    @pytest.mark.parametrize(
        'options',
        [
            {'pad': 1},
            {'pad': 1, 'stride': 2, 'relu_in': True},
            {'pad': 2, 'dilate': 2, 'relu_mid': True, 'relu': True},
            {'pad': 12, 'dilate': 12, 'relu_in': True, 'relu': True},
        ],
    )
    def test_separable(self, size, options):
        program, x = begin(20)
        add = None
        if options.get('stride', 1) == 1:
            add = program.convolution(x, weights(24, 20, 1, 1, seed=8))
        program.separable(
            x, weights(20, 1, 3, 3, seed=9), weights(24, 20, 1, 1, seed=10), add=add, **options
        )
        self.check(program, size)

    @pytest.mark.parametrize('size', SIZES)
    @pytest.mark.parametrize('cover_all', [True, False])
    def test_max_pool(self, size, cover_all):
        program, x = begin()
        program.max_pool(x, window=3, stride=2, pad=1, cover_all=cover_all)
        self.check(program, size)

    @pytest.mark.parametrize('window', [None, (1, 1), (2, 3), (5, 4)])
    def test_mean_pool(self, window):
        program, x = begin()
        program.mean_pool(x, window)
        self.check(program, (17, 23))

    @pytest.mark.parametrize('size', [(17, 23), (6, 12), (5, 40), (1, 1)])
    @pytest.mark.parametrize('bins', [1, 2, 6])
    def test_means_of_as_many_bins_at_any_size(self, size, bins):
        program, x = begin()
        program.mean_pool(x, bins=bins)
        self.check(program, size)

    @pytest.mark.parametrize('ksize', [1, 3])
    @pytest.mark.parametrize('size', [(17, 23), (5, 7), (1, 1)])
    def test_joined_maps_whose_edges_lie_on_edges(self, ksize, size):
        program, x = begin(16)
        maps = [x]
        for k, bins in enumerate((6, 3, 2, None)):
            mean = program.mean_pool(x, bins=bins)
            maps.append(program.convolution(mean, weights(4, 16, 1, 1, seed=k), relu=True))
        joined = program.join(maps, like=x, align_corners=False)
        kernel = weights(12, joined.channels, ksize, ksize, seed=12)
        program.convolution(joined, kernel, pad=ksize // 2, relu=True)
        self.check(program, size)

    def test_joined_maps_of_other_sizes_with_edges_on_edges(self):
        program, x = begin(8)
        small = program.convolution(x, weights(5, 8, 3, 3, seed=13), stride=2, pad=1)
        program.join([small, x], like=x, align_corners=False)
        self.check(program, (17, 23))

    @pytest.mark.parametrize(('ksize', 'pad'), [(1, 0), (3, 1)])
    @pytest.mark.parametrize('windows', [(), ((2, 3),), (None,), ((8, 9), (4, 5), None)])
    def test_a_convolution_of_joined_maps(self, ksize, pad, windows):
        program, x = begin(16)
        maps = [x]
        for k, window in enumerate(windows):
            mean = program.mean_pool(x, window)
            maps.append(program.convolution(mean, weights(7 + k, 16, 1, 1, seed=k), relu=True))
        maps.insert(1, program.convolution(x, weights(6, 16, 3, 3, seed=11), pad=1))
        joined = program.join(maps, like=x)
        kernel = weights(12, joined.channels, ksize, ksize, seed=12)
        program.convolution(joined, kernel, pad=pad, relu=True)
        self.check(program, (17, 23))

    def test_joined_maps_of_other_sizes_are_resized(self):
        program, x = begin(8)
        small = program.convolution(x, weights(5, 8, 3, 3, seed=13), stride=2, pad=1)
        joined = program.join([small, x], like=x)
        program.separable(
            joined, weights(13, 1, 3, 3, seed=14), weights(4, 13, 1, 1, seed=15), pad=1
        )
        self.check(program, (17, 23))

    def test_a_map_may_be_joined_twice(self):
        program, x = begin(8)
        mean = program.mean_pool(x, (4, 4))
        joined = program.join([mean, x, mean, x], like=x)
        program.convolution(joined, weights(4, 32, 3, 3, seed=22), pad=1)
        self.check(program, (17, 23))

    def test_maps_that_only_means_are_joined_of(self):
        program, x = begin(8)
        means = [program.mean_pool(x), program.mean_pool(x, (4, 4))]
        joined = program.join(means, like=x)
        program.convolution(joined, weights(4, 16, 3, 3, seed=16), pad=1)
        self.check(program, (17, 23))

    def test_maps_that_many_read_stay_as_they_are(self):
        program, x = begin(8)
        a = program.convolution(x, weights(8, 8, 3, 3, seed=17), pad=1, add=x, relu=True)
        b = program.separable(x, weights(8, 1, 3, 3, seed=18), weights(8, 8, 1, 1, seed=19), pad=1,
                              relu_in=True)  # fmt: skip
        joined = program.join([b, a, x], like=a)
        c = program.convolution(joined, weights(8, 24, 1, 1, seed=20), add=a)
        program.convolution(program.join([joined, c], like=x), weights(3, 32, 3, 3, seed=21), pad=1)
        self.check(program, (17, 23))

    def test_inputs_are_not_written_to(self):
        program, x = begin(8)
        program.convolution(x, weights(4, 8, 1, 1))
        image = inputs((9, 9))
        before = image.copy()
        self.engine.compile(program, precision=self.precision)(image)
        np.testing.assert_array_equal(image, before)

    def test_a_closed_runner_still_computes(self):
        program, x = begin(8)
        program.convolution(x, weights(4, 8, 3, 3))
        runner = self.engine.compile(program, precision=self.precision)
        before = runner(inputs((20, 20)))
        runner.close()
        np.testing.assert_array_equal(runner(inputs((20, 20))), before)

    def test_the_size_of_prepared_weights_is_known(self):
        program, x = begin(8)
        program.convolution(x, weights(4, 8, 3, 3))
        assert self.engine.compile(program, precision=self.precision).nbytes >= 4 * 8 * 9 * 4

    def test_another_precision_is_refused(self):
        program, _ = begin(8)
        with pytest.raises(ValueError, match='float7'):
            self.engine.compile(program, precision='float7')
