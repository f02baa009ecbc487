"""Graphs of ONNX, computed by ONNX Runtime and held against the reference engine."""

import io
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pytest

pytest.importorskip('onnx', reason='the engine of ONNX needs onnx')
pytest.importorskip('onnxruntime', reason='what computes its graphs here')

import onnx
import onnxruntime

from chainercv_seg.engines.onnx import UNPOOLINGS, Graph, write_program
from chainercv_seg.engines.onnx.operations import _KNOWN, _WRITE
from chainercv_seg.engines.program import Convolution, Map, MeanPool, Node
from tests.engines.engine_contract import EngineContract, begin, inputs, weights
from tests.engines.reference import ReferenceEngine


def build(program, size, **options):
    """The model of a program, checked with all its shapes."""
    graph = Graph()
    x = graph.input('x', ['N', 3, *(size or ('H', 'W'))])
    scores = write_program(graph, program, x, size=size, **options)
    shape = program.sizes(size)[-1] if size else ['h', 'w']
    graph.add('Identity', scores, name='scores')
    graph.output('scores', np.float32, ['N', program.nodes[-1].channels, *shape])
    file = io.BytesIO()
    graph.write(file)
    onnx.checker.check_model(file.getvalue(), full_check=True)
    return file.getvalue()


class Runner:
    """Computes a model of each size by ONNX Runtime."""

    def __init__(self, program, **options):
        self.program, self.options, self.sessions = program, options, {}

    def model(self, size):
        return build(self.program, size, **self.options)

    def __call__(self, x):
        size = x.shape[2:]
        if size not in self.sessions:
            self.sessions[size] = onnxruntime.InferenceSession(
                self.model(size), providers=['CPUExecutionProvider']
            )
        run = self.sessions[size].run
        # ONNX Runtime rounds by what else is in the batch: so that no batch changes a bit, one by one.
        alone = np.concatenate([run(None, {'x': one[None]})[0] for one in x])
        np.testing.assert_allclose(run(None, {'x': x})[0], alone, rtol=0, atol=1e-5)
        return alone

    @property
    def nbytes(self):
        return len(self.model((32, 32)))

    def close(self):
        self.sessions.clear()


class Engine:
    tolerance = MappingProxyType({'float32': 1e-5})

    def __init__(self, **options):
        self.options = options

    def compile(self, program, *, precision='float32'):
        if precision not in self.tolerance:
            raise ValueError(precision)
        return Runner(program, **self.options)


class TestGraphs(EngineContract):
    engine = Engine()


class TestGraphsThatGather(EngineContract):
    engine = Engine(unpooling='gather')


def segnet():
    """Two levels of pooling, and back."""
    program, x = begin(6, relu=True)
    first = program.convolution(x, weights(6, 6, 3, 3, seed=1), pad=1, relu=True, pool=True)
    second = program.convolution(first, weights(6, 6, 7, 7, seed=2), pad=3, pool=True)
    h = program.convolution(program.unpool(second, second), weights(6, 6, 3, 3, seed=3), pad=1)
    program.convolution(program.unpool(h, first), weights(4, 6, 1, 1, seed=4))
    return program


def deeplab():
    """Strides, means, and a smaller map joined with a larger one."""
    program, x = begin(6, relu=True)
    low = program.convolution(x, weights(6, 6, 3, 3, seed=1), pad=1, stride=2)
    high = program.separable(
        low, weights(6, 1, 3, 3, seed=2), weights(6, 6, 1, 1, seed=3), pad=1, stride=2
    )
    wide = program.convolution(high, weights(5, 6, 3, 3, seed=4), pad=2, dilate=2)
    mean = program.convolution(program.mean_pool(high), weights(5, 6, 1, 1, seed=5))
    pooled = program.join([mean, high, wide], like=high)
    joined = program.join([pooled, low], like=low)
    program.convolution(joined, weights(4, 22, 1, 1, seed=6))
    return program


@pytest.mark.parametrize('unpooling', sorted(UNPOOLINGS))
@pytest.mark.parametrize(
    ('write', 'sizes'), [(segnet, [(8, 12), (4, 4)]), (deeplab, [(17, 23), (8, 9)])]
)
def test_sizes_may_vary(write, sizes, unpooling):
    program = write()
    model = build(program, None, unpooling=unpooling)
    session = onnxruntime.InferenceSession(model)
    for size in sizes:
        x = inputs(size)
        expected = ReferenceEngine().compile(program)(x)
        found = session.run(None, {'x': x})[0]
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5 * np.abs(expected).max())


@pytest.mark.parametrize('size', [(8, 10), (9, 8), (6, 6)])
def test_other_sizes_than_multiples_fail_where_pooling_needs_them(size):
    session = onnxruntime.InferenceSession(build(segnet(), None))
    with pytest.raises(Exception, match=r'multiple|divisible|Reshape|block'):
        session.run(None, {'x': inputs(size)})


def test_maps_that_keep_their_size_are_not_resized():
    operators = [node.op_type for node in onnx.load_from_string(build(deeplab(), None)).graph.node]
    assert operators.count('Resize') == 2


@pytest.mark.parametrize('unpooling', sorted(UNPOOLINGS))
def test_of_equals_the_first_is_put_back(unpooling):
    program, x = begin(4, relu=True)
    pooled = program.convolution(x, weights(4, 4, 1, 1), relu=True, pool=True)
    program.unpool(pooled, pooled)
    image = np.zeros((1, 3, 7, 9), np.float32)
    found = Runner(program, unpooling=unpooling)(image)
    np.testing.assert_allclose(found, ReferenceEngine().compile(program)(image), atol=1e-6)
    assert found.any()


def max_pool():
    program, x = begin()
    program.max_pool(x, window=3, stride=2, pad=1)
    return program


def uneven_pool():
    program, x = begin()
    program.convolution(x, weights(8, 8, 2, 2), pool=True)
    return program


def uneven_unpool():
    program, x = begin()
    pooled = program.convolution(x, weights(8, 8, 3, 3), pad=1, pool=True)
    h = program.convolution(pooled, weights(8, 8, 3, 3))
    program.unpool(h, pooled)
    return program


@pytest.mark.parametrize('write', [max_pool, uneven_pool, uneven_unpool])
def test_sizes_that_must_not_vary_are_refused(write):
    with pytest.raises(ValueError, match='fix the size'):
        build(write(), None)


def test_an_input_that_is_too_small_is_refused():
    program, x = begin()
    program.mean_pool(x, (9, 9))
    with pytest.raises(ValueError, match='too small'):
        build(program, (8, 30))


@dataclass(frozen=True, kw_only=True)
class Foreign(Node):
    x: Map


@dataclass(frozen=True, kw_only=True)
class Later(Convolution):
    groups: int = 1


def test_an_unknown_operation_is_refused():
    program, x = begin()
    program.write(Foreign(x=x))
    with pytest.raises(TypeError, match='no operation like Foreign'):
        build(program, (8, 8))


def test_an_unknown_part_of_an_operation_is_refused(monkeypatch):
    monkeypatch.setitem(_KNOWN, Later, _KNOWN[Convolution])
    monkeypatch.setitem(_WRITE, Later, _WRITE[Convolution])
    program, x = begin()
    program.write(Later(x=x, weights=weights(4, 8, 1, 1)))
    build(program, (8, 8))
    program.write(Later(x=x, weights=weights(4, 8, 1, 1), groups=2))
    with pytest.raises(TypeError, match=r'no groups \(2\) of a Later'):
        build(program, (8, 8))
    program.write(MeanPool(x=x, add=x))
    program.nodes.pop(-2)
    with pytest.raises(TypeError, match='no MeanPool that adds'):
        build(program, (8, 8))
