"""The CPU's engine: kernels in numba and NumPy, channels last, forward and gradient side by side.

They need neither Chainer nor numba; with numba (the extra ``fast``) they are several times faster.
"""
