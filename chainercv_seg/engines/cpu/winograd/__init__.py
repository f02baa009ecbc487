"""Convolution with 3x3 kernels by Winograd's algorithm."""
