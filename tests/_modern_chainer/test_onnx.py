"""The export to ONNX that comes with Chainer."""

import chainer
import chainer.functions as F
import chainer.links as L
import numpy as np
import pytest

pytest.importorskip('onnx', reason='onnx_chainer needs onnx')

import onnx_chainer
from onnx.reference import ReferenceEvaluator


class Network(chainer.Chain):
    def __init__(self):
        super().__init__()
        with self.init_scope():
            self.conv = L.Convolution2D(3, 4, 3, pad=1)

    def forward(self, x):
        h = F.max_pooling_2d(F.relu(self.conv(x)), 2)
        h = F.cast(F.cast(h, np.float64), np.float32)
        return F.clip(h, 0.1, 1.0), F.argmax(h, axis=1)


def test_an_exported_model_gives_the_same_scores():
    network = Network()
    x = np.random.default_rng(0).normal(size=(1, 3, 8, 8)).astype('f')
    expected = network(x)
    names = ['scores', 'labels']
    model = onnx_chainer.export(network, x, input_names=['x'], output_names=names)
    outputs = ReferenceEvaluator(model).run(names, {'x': x})
    for y, y_expected in zip(outputs, expected, strict=True):
        np.testing.assert_allclose(y, y_expected.array, atol=1e-5)
