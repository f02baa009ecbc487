"""Graphs, memory, threads: what a compiled program does between calls."""

import threading
from contextlib import contextmanager

import numpy as np
import pytest

from chainercv_seg.engines.cuda import runner as runners
from chainercv_seg.engines.program import Weights
from chainercv_seg.utils.errors import PrecisionError
from tests.engines.cuda.host_gpu import HostEngine, HostGPU
from tests.engines.cuda.host_kernels import needs_compiler
from tests.engines.engine_contract import Verbs, begin, inputs, weights

pytestmark = needs_compiler


def compiled(precision='float32', **options):
    program, x = begin(32, relu=True)
    pooled = program.convolution(x, weights(32, 32, 3, 3, seed=1), pad=1, relu=True, pool=True)
    h = program.unpool(program.convolution(pooled, weights(32, 32, 3, 3, seed=2), pad=1), pooled)
    program.convolution(h, weights(5, 32, 1, 1, seed=3))
    return HostEngine(**options).compile(program, precision=precision)


def test_a_shape_is_captured_when_it_comes_again():
    runner = compiled()
    x = inputs((12, 16))
    gpu = runner._gpu
    first = runner(x)
    assert (gpu.captured, gpu.launched) == (0, 0)
    for count in (1, 2, 3):
        np.testing.assert_array_equal(runner(x), first)
        assert (gpu.captured, gpu.launched) == (1, count)
    runner(x[:1])
    runner(x.clip(0, 255).astype(np.uint8))
    assert gpu.captured == 1


def test_graphs_give_the_same_after_larger_shapes_have_come():
    runner = compiled()
    shapes = [(12, 16), (9, 8), (30, 41), (12, 16), (64, 64)]
    expected = {shape: compiled()(inputs(shape)) for shape in shapes}
    for _ in range(4):
        for shape in shapes:
            np.testing.assert_array_equal(runner(inputs(shape)), expected[shape])
    assert runner._gpu.launched > 6


def test_scores_of_a_batch_outlive_the_next_one():
    runner = compiled()
    x, other = inputs((12, 16)), inputs((12, 16), seed=5)
    runner(x)
    first = runner(x)
    kept = first.copy()
    runner(other)
    np.testing.assert_array_equal(first, kept)


def test_graphs_are_kept_by_their_last_use_within_a_budget(monkeypatch):
    runner = compiled()
    sizes = [(8, 8), (10, 10), (12, 12)]
    for size in sizes:
        runner(inputs(size))
    commands = [len(shape.tape) for shape in runner._shapes.values()]
    monkeypatch.setattr(runners, 'GRAPH_BYTES', sum(commands[:2]) * runners.BYTES_OF_A_COMMAND)
    runner(inputs(sizes[0]))
    runner(inputs((14, 14)))
    assert [key[0][2] for key in runner._shapes] == [8, 14]


def test_what_cannot_be_captured_is_computed_without_and_said_once(caplog):
    runner = compiled()

    def capture(run):
        raise RuntimeError('operation not permitted')

    runner._gpu.capture = capture
    expected = compiled()(inputs((9, 8)))
    for _ in range(3):
        for size in ((9, 8), (10, 8)):
            found = runner(inputs(size))
        np.testing.assert_array_equal(runner(inputs((9, 8))), expected)
    assert found.shape[2:] == (10, 8)
    assert caplog.text.count('without CUDA graphs') == 1


def test_when_memory_is_not_enough_a_smaller_batch_works_afterwards():
    runner = compiled()
    expected = compiled()(inputs((20, 20), 1))
    runner(inputs((8, 8)))
    empty = runner._gpu.empty

    def small_memory(shape, dtype):
        if np.prod(shape) * np.dtype(dtype).itemsize > 400_000:
            raise MemoryError('out of memory')
        return empty(shape, dtype)

    runner._gpu.empty = small_memory
    for _ in range(3):
        with pytest.raises(MemoryError):
            runner(inputs((20, 20), 8))
        np.testing.assert_array_equal(runner(inputs((20, 20), 1)), expected)


def test_memory_is_given_back_and_taken_again():
    runner = compiled()
    before = runner(inputs((8, 8)))
    runner.close()
    assert runner._arena is None
    assert not runner._shapes
    np.testing.assert_array_equal(runner(inputs((8, 8))), before)


def test_threads_wait_for_each_other():
    runner = compiled()
    inside = []
    current = runner._gpu.current

    @contextmanager
    def alone():
        inside.append(1)
        assert len(inside) == 1
        with current():
            yield
        inside.pop()

    runner._gpu.current = alone
    sizes = [(8, 8), (9, 9), (10, 10), (11, 11)]
    expected = [compiled()(inputs(size)) for size in sizes]
    wrong = []

    def work(size, scores):
        for _ in range(5):
            if not np.array_equal(runner(inputs(size)), scores):
                wrong.append(size)

    threads = [
        threading.Thread(target=work, args=pair) for pair in zip(sizes, expected, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_batch_whose_plan_has_other_bits_is_looped():
    x = inputs((12, 16), n=3)
    runner = compiled(same_bits=False)
    np.testing.assert_array_equal(runner(x), compiled()(x))
    assert set(runner.table.entries.values()) == {'NumPy', 'one by one'}


def test_gpus_without_tf32_compute_plain_float32_and_refuse_tf32():
    runner = compiled(tf32=False)
    assert not runner._analysis.split
    assert compiled()._analysis.split
    np.testing.assert_allclose(runner(inputs((9, 8))), compiled()(inputs((9, 8))), atol=1e-4)
    with pytest.raises(ValueError, match='older than TF32'):
        compiled('tf32', tf32=False)


def test_inputs_that_are_too_small_are_refused():
    program, x = begin(8)
    program.convolution(x, weights(4, 8, 5, 5))
    with pytest.raises(ValueError, match='too small'):
        HostEngine().compile(program)(inputs((3, 3)))


def everything(scales):
    """A program of all kinds of convolutions whose weights are scaled; ReLU hides what is not a number."""
    program = Verbs()

    def scaled(*shape, seed):
        made, scale = weights(*shape, seed=seed), scales.get(seed, 1)

        def fold():
            W, bias = made.fold()
            return W * scale, -np.abs(bias)

        return Weights(made.shape, fold)

    x = program.convolution(program.image(), scaled(16, 3, 3, 3, seed=1), pad=1, relu=True)
    pooled = program.convolution(x, scaled(16, 16, 3, 3, seed=2), pad=1, relu=True, pool=True)
    decoded = program.convolution(pooled, scaled(16, 16, 3, 3, seed=3), pad=1)
    h = program.unpool(decoded, pooled)
    h = program.convolution(h, scaled(16, 16, 1, 1, seed=4), relu=True, add=x)
    h = program.separable(
        h,
        scaled(16, 1, 3, 3, seed=5),
        scaled(16, 16, 1, 1, seed=6),
        pad=1,
        relu_mid=True,
        relu=True,
    )
    mean = program.convolution(program.mean_pool(h, (2, 2)), scaled(8, 16, 1, 1, seed=7), relu=True)
    h = program.convolution(
        program.join([h, mean], like=h), scaled(16, 24, 3, 3, seed=8), pad=1, relu=True
    )
    program.convolution(h, scaled(4, 16, 1, 1, seed=9))
    return program


@pytest.mark.parametrize('layer', [None, *range(1, 10)])
def test_an_overflow_in_any_layer_is_noticed(layer):
    runner = HostEngine().compile(everything({layer: 3e4}), precision='float16')
    x = np.abs(inputs((8, 8))) * 100
    runner(x)
    if layer is None:
        runner.check()
        return
    with pytest.raises(PrecisionError, match='float16'):
        runner.check()
    runner.check()  # once
    runner(x * 0)
    runner.check()


def test_kernels_that_do_not_fit_into_half_precision_are_refused():
    with pytest.raises(PrecisionError, match='kernel of this network'):
        HostEngine().compile(everything({4: 1e6}), precision='float16')


def test_a_gpu_that_is_none_is_used_by_its_recipe():
    make, arguments = HostGPU(half=True).recipe()
    assert make(**arguments).half
