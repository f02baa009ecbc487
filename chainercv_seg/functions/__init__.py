"""Chainer functions with gradients for training, over the kernels of the engines."""
