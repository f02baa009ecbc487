"""What is asked of CuPy and of cuDNN's frontend, with both replaced: see `fake_cupy` and `fake_frontend`."""

import copy

import numpy as np
import pytest

from chainercv_seg.engines.cuda import candidates, convolver, device, transfers
from chainercv_seg.engines.cuda.device import kind_of_gpu
from chainercv_seg.engines.cuda.engine import CUDAEngine
from chainercv_seg.engines.cuda.views import CUDAViews
from chainercv_seg.utils.errors import DeviceError
from tests.engines.cuda.fake_cupy import Array, FakeCuPy, Stream
from tests.engines.cuda.fake_frontend import FakeFrontend
from tests.engines.cuda.host_gpu import HostEngine
from tests.engines.cuda.host_kernels import needs_compiler
from tests.engines.engine_contract import begin, inputs, weights

pytestmark = [needs_compiler, pytest.mark.usefixtures('cache_root')]


@pytest.fixture
def fakes(monkeypatch):
    cupy, frontend = FakeCuPy(), FakeFrontend()
    for module in (candidates, convolver, device, transfers):
        for name, fake in (('cupy', cupy), ('frontend', frontend)):
            if hasattr(module, name):
                monkeypatch.setattr(module, name, lambda fake=fake: fake)
    return cupy, frontend


def program():
    written, x = begin(32, relu=True)
    pooled = written.convolution(x, weights(32, 32, 3, 3, seed=1), pad=1, relu=True, pool=True)
    written.convolution(written.unpool(pooled, pooled), weights(5, 32, 3, 3, seed=2), pad=1)
    return written


@pytest.mark.parametrize('precision', ['float32', 'tf32', 'float16'])
def test_scores_are_those_of_the_stand_in(fakes, precision):
    _, frontend = fakes
    runner = CUDAEngine(0).compile(program(), precision=precision)
    x = inputs((12, 16), 3)
    # In float32 on this GPU, which has no tensor cores that cut digits off.
    expected = HostEngine().compile(
        program(), precision='float16' if precision == 'float16' else 'float32'
    )(x)
    for _ in range(3):
        found = runner(x.view(Array))
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)
    assert runner._shapes[x.shape, '<f4', None].launch is not None
    assert set(runner.table.entries.values()) == {'eng2'}
    assert all('not deterministic' in notes for notes in frontend.unwanted)
    assert any('tensor core' in notes for notes in frontend.unwanted) == (precision == 'float32')
    np.testing.assert_array_equal(runner(x[1:2].view(Array))[0], found[1])


def test_a_program_is_captured_and_launched_in_the_callers_stream(fakes):
    cupy, _ = fakes
    runner = CUDAEngine(0).compile(program())
    x = inputs((12, 16)).view(Array)
    first = runner(x)
    mine = cupy.cuda.Stream()
    with mine:
        for _ in range(3):
            np.testing.assert_array_equal(runner(x), first)
    assert mine.waited  # for what was computed in the stream before
    np.testing.assert_array_equal(runner(x), first)
    assert Stream.current.ptr == 0


def test_a_second_runner_finds_the_plans_of_the_first(fakes):
    _, frontend = fakes
    x = inputs((12, 16), 1).view(Array)
    first = CUDAEngine(0).compile(program())
    expected = first(x)
    frontend.names = (('eng3', True), ('eng2', True))  # in another order, as another day
    second = CUDAEngine(0).compile(program())
    np.testing.assert_array_equal(second(x), expected)
    assert second.table.entries == first.table.entries
    assert second.table.sha256 == first.table.sha256


@pytest.mark.parametrize(('unable', 'plans'), [(set(), {'eng2'}), ({2}, {'eng2', 'one by one'})])
def test_a_batch_has_the_plan_of_one_image_though_another_is_proposed(fakes, unable, plans):
    _, frontend = fakes
    frontend.of_batches, frontend.unable = (('eng7', True),), unable
    runner = CUDAEngine(0).compile(program(), precision='tf32')
    x = inputs((12, 16), 3).view(Array)
    found = runner(x)
    assert set(runner.table.entries.values()) == plans
    np.testing.assert_array_equal(runner(x[2:].view(Array))[0], found[2])


def test_that_cudnn_has_no_way_is_an_error_with_its_reason(fakes):
    _, frontend = fakes
    frontend.names = ()
    runner = CUDAEngine(0).compile(program())
    with pytest.raises(DeviceError, match=r'no way to compute forward .*no engine for this'):
        runner(inputs((12, 16)).view(Array))


def test_trials_take_memory_of_their_own_and_give_it_back(fakes):
    cupy, _ = fakes
    runner = CUDAEngine(0).compile(program())
    x = inputs((12, 16)).view(Array)
    runner(x)
    assert cupy.pools
    assert all(pool.freed for pool in cupy.pools)
    assert any(pool.lent for pool in cupy.pools)
    assert cupy.allocator is None
    count = len(cupy.pools)
    runner(x)
    assert len(cupy.pools) == count


def test_images_cross_and_labels_come_back(fakes):
    cupy, _ = fakes
    runner = CUDAEngine(0).compile(program(), precision='float16')
    views = CUDAViews(runner)
    rng = np.random.RandomState(0)
    crossings = []
    for shape in [(3, 12, 16), (3, 20, 24), (3, 12, 16), (3, 4, 4), (3, 12, 16)]:
        image = rng.randint(0, 256, shape).astype('f')
        sent = views.send(image)
        assert sent.dtype == np.uint8
        np.testing.assert_array_equal(sent, image)
        scores = runner(sent[None])[0]
        size = 2 * shape[1], 2 * shape[2]
        part = slice(1, size[0]), slice(0, size[1] - 1)
        resized = views.resize(scores, size)
        crossings.append((views.labels(scores, size, part), resized[:, part[0], part[1]]))
    for crossing, scores in crossings:
        np.testing.assert_array_equal(crossing.fetch(), scores.argmax(axis=0))
    assert cupy.sent == [3 * 12 * 16, 3 * 20 * 24, 3 * 12 * 16, 3 * 4 * 4, 3 * 12 * 16]
    half = views.send(np.full((3, 2, 2), 0.5, 'f'))
    assert half.dtype == np.float32


def test_a_gpu_is_described_by_what_plans_depend_on(fakes):
    assert kind_of_gpu(0) == (
        'NumPy with 1 multiprocessors, CUDA driver 13000, cuDNN 92800, frontend 1.28.0'
    )


def test_a_copy_opens_the_gpu_again(fakes):
    runner = CUDAEngine(0).compile(program(), precision='float16')
    x = inputs((12, 16)).view(Array)
    expected = runner(x)
    other = copy.deepcopy(runner)
    assert other._gpu is not runner._gpu
    np.testing.assert_array_equal(other(x), expected)


def test_what_cannot_be_captured_leaves_the_stream_usable(fakes):
    runner = CUDAEngine(0).compile(program())
    x = inputs((12, 16)).view(Array)
    expected = runner(x)
    shape = runner._shapes[x.shape, '<f4', None]
    run, calls = shape.tape.run, []

    def breaks():
        calls.append(1)
        if len(calls) == 1:
            raise RuntimeError('not permitted while a stream captures')
        run()

    shape.tape.run = breaks
    for _ in range(2):
        np.testing.assert_array_equal(runner(x), expected)
    assert len(calls) == 3
