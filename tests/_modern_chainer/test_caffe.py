"""Caffe's models, whose messages are built from Chainer's old generated code."""

import chainer
import chainer.functions as F
import chainer.links as L
import numpy as np
from chainer.exporters import caffe
from chainer.links.caffe import CaffeFunction
from chainer.links.caffe.protobuf3 import caffe_pb2
from numpy.lib.stride_tricks import sliding_window_view


def test_messages_have_the_fields_and_defaults_of_caffe():
    layer = caffe_pb2.LayerParameter(name='conv', type='Convolution', phase=caffe_pb2.TEST)
    layer.convolution_param.kernel_size.append(3)
    # By hand: field 1 and 2 are strings, 10 an enum of value 1, 106 a message whose field 4, a
    # repeated uint32 that is not packed, holds a 3.
    assert layer.SerializeToString() == b'\n\x04conv\x12\x0bConvolutionP\x01\xd2\x06\x02\x20\x03'
    assert layer.convolution_param.bias_term is True
    assert layer.pooling_param.pool == caffe_pb2.PoolingParameter.MAX == 0
    assert caffe_pb2.V1LayerParameter.CONVOLUTION == 4


def add_layer(net, name, kind, bottom, *blobs, **parameters):
    layer = net.layer.add(name=name, type=kind, bottom=bottom, top=[name])
    for array in blobs:
        layer.blobs.add(shape=caffe_pb2.BlobShape(dim=array.shape), data=array.ravel())
    for key, values in parameters.items():
        message = getattr(layer, key)
        message.MergeFrom(type(message)(**values))


def test_a_caffe_model_is_loaded_and_run(tmp_path):
    rng = np.random.default_rng(0)
    conv_w = rng.normal(size=(4, 1, 3, 3)).astype('f')  # Two groups of one channel each.
    bias = np.array([1, 2, 3, 4], 'f')
    mean, var = np.array([0.5, 1, 1.5, 2], 'f'), np.array([1, 4, 9, 16], 'f')
    gamma, beta = np.array([1, 2, 3, 4], 'f'), np.array([4, 3, 2, 1], 'f')
    fc_w, fc_b = rng.normal(size=(5, 16)).astype('f'), np.arange(5, dtype='f')

    net = caffe_pb2.NetParameter(name='net')
    conv = {'kernel_size': [3], 'pad': [1], 'group': 2}
    add_layer(net, 'conv', 'Convolution', ['data'], conv_w, bias, convolution_param=conv)
    # Caffe keeps sums, and what to divide them by.
    sums = (2 * mean, 2 * var, np.array([2], 'f'))
    norm = {'eps': 1e-5, 'use_global_stats': True}
    add_layer(net, 'norm', 'BatchNorm', ['conv'], *sums, batch_norm_param=norm)
    add_layer(net, 'scale', 'Scale', ['norm'], gamma, beta, scale_param={'bias_term': True})
    add_layer(net, 'relu', 'ReLU', ['scale'], relu_param={'negative_slope': 0.25})
    pool = {'pool': caffe_pb2.PoolingParameter.AVE, 'kernel_size': 2, 'stride': 2}
    add_layer(net, 'pool', 'Pooling', ['relu'], pooling_param=pool)
    add_layer(net, 'sum', 'Eltwise', ['pool', 'pool'], eltwise_param={'coeff': [2, -1]})
    add_layer(net, 'cat', 'Concat', ['sum', 'pool'], concat_param={'axis': 1})
    add_layer(net, 'cut', 'Slice', ['cat'], slice_param={'axis': 1, 'slice_point': [4]})
    net.layer[-1].top[:] = ['cut', 'rest']
    add_layer(net, 'fc', 'InnerProduct', ['cut'], fc_w, fc_b, inner_product_param={'num_output': 5})
    add_layer(net, 'prob', 'Softmax', ['fc'])
    path = tmp_path / 'net.caffemodel'
    path.write_bytes(net.SerializeToString())

    function = CaffeFunction(str(path))
    x = chainer.Variable(rng.normal(size=(2, 2, 4, 4)).astype('f'))
    with chainer.using_config('train', False):
        probabilities, fc, pooled = function({'data': x}, ['prob', 'fc', 'rest'])

    padded = np.pad(x.array, ((0, 0), (0, 0), (1, 1), (1, 1)))
    windows = sliding_window_view(padded, (3, 3), axis=(2, 3))[:, [0, 0, 1, 1]]
    y = np.einsum('ncijkl,ckl->ncij', windows, conv_w[:, 0]) + bias[:, None, None]
    y = (y - mean[:, None, None]) / np.sqrt(var + 1e-5)[:, None, None]
    y = y * gamma[:, None, None] + beta[:, None, None]
    y = np.where(y > 0, y, y / 4).reshape(2, 4, 2, 2, 2, 2).mean(axis=(3, 5))
    np.testing.assert_allclose(pooled.array, y, rtol=1e-4, atol=1e-5)
    y = y.reshape(2, 16) @ fc_w.T + fc_b
    np.testing.assert_allclose(fc.array, y, rtol=1e-4, atol=1e-4)
    y = np.exp(y) / np.exp(y).sum(1, keepdims=True)
    np.testing.assert_allclose(probabilities.array, y, rtol=1e-3, atol=1e-5)

    function.cleargrads()
    F.sum(fc).backward()
    assert x.grad.shape == x.shape
    np.testing.assert_array_equal(function['fc'].b.grad, [2] * 5)  # One for each image.


def test_a_caffe_model_of_the_first_format_is_loaded(tmp_path):
    net = caffe_pb2.NetParameter()
    layer = net.layers.add(
        name='fc', type=caffe_pb2.V1LayerParameter.INNER_PRODUCT, bottom=['data'], top=['fc']
    )
    layer.blobs.add(num=1, channels=1, height=2, width=3, data=[1, 2, 3, 4, 5, 6])
    layer.blobs.add(num=1, channels=1, height=1, width=2, data=[10, 20])
    path = tmp_path / 'net.caffemodel'
    path.write_bytes(net.SerializeToString())
    (y,) = CaffeFunction(str(path))({'data': np.array([[1, 0, 1]], 'f')}, ['fc'])
    np.testing.assert_array_equal(y.array, [[10 + 1 + 3, 20 + 4 + 6]])


class Network(chainer.Chain):
    def __init__(self):
        super().__init__()
        with self.init_scope():
            self.conv = L.Convolution2D(3, 4, 3, pad=1)
            self.norm = L.BatchNormalization(4)
            self.fc = L.Linear(4 * 4 * 4, 5)

    def forward(self, x):
        h = F.max_pooling_2d(F.relu(self.norm(self.conv(x))), 2)
        return F.softmax(self.fc(h))


def test_an_exported_model_comes_back_the_same(tmp_path):
    network = Network()
    x = np.random.default_rng(0).normal(size=(1, 3, 8, 8)).astype('f')
    network(x)  # Moves the averages of the normalization.
    caffe.export(network, [chainer.Variable(x)], str(tmp_path), graph_name='net')
    assert (tmp_path / 'chainer_model.prototxt').read_text().startswith('name: "net"\nlayer {')

    function = CaffeFunction(str(tmp_path / 'chainer_model.caffemodel'))
    (_, _, last) = function.layers[-1]
    with chainer.using_config('train', False):
        expected = network(x)
        (y,) = function({'data': chainer.Variable(x)}, last)
    np.testing.assert_allclose(y.array, expected.array, rtol=1e-4)
