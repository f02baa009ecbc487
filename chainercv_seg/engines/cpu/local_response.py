"""Local response normalization of channels-last maps."""

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]


def local_response_normalization(
    x: FloatArray, *, n: int, k: float, alpha: float, beta: float
) -> FloatArray:
    """Divide by a power of the sum of the squares of neighbouring channels.

    ``y[c] = x[c] * (k + alpha * sum(x[c'] ** 2 for c' within n // 2 of c)) ** -beta``. Krizhevsky
    et al. 2012, in Chainer's form (alpha is not divided by n). Where every window holds all the
    channels, as with 3 channels and n = 5, the power is computed once a position.

    Args:
        x: ``(N, H, W, C)`` float32.
        n: Channels of a window.
        k: Added to the sum.
        alpha: Factor of the sum.
        beta: The power. It is computed in double precision and rounded once, as by the C library
            that NumPy used in ChainerCV's time. NumPy's own since is up to two units in the last
            place away, which moves labels where classes are close. 0.75 is computed by square roots.

    Returns:
        Float32 of x's shape.
    """
    C = x.shape[3]
    reach = n // 2
    if reach >= C - 1:
        total = np.einsum('...c,...c->...', x, x)[..., None]
    else:
        squares = x * x
        total = squares.copy()
        for d in range(1, min(reach, C - 1) + 1):
            total[..., d:] += squares[..., :-d]
            total[..., :-d] += squares[..., d:]
    total *= np.float32(alpha)
    total += np.float32(k)
    power = total.astype(np.float64)
    if beta == 0.75:
        root = np.sqrt(power)
        power = np.sqrt(root, out=power)
        power *= root
        np.reciprocal(power, out=power)
    else:
        power **= -beta
    return x * power.astype(np.float32)
