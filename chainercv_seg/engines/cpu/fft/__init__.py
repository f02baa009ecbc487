"""Convolution with large kernels by tiled FFT."""
