"""Convolution piece by piece, for GPUs without cuDNN."""
