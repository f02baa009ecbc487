"""The engine for NVIDIA's GPUs: convolutions by cuDNN, everything else by kernels of our own.

No module here imports CuPy or cuDNN before it needs them.
"""
