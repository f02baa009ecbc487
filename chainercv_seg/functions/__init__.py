"""Numerical functions that Chainer lacks or does slowly."""
