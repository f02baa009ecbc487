"""Weights are finite: NaN or infinity in them comes from a training that has diverged, or from damage."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from chainercv_seg.utils.errors import WeightsError


def check_finite(arrays: Mapping[str, tuple[Any, Any]], *, origin: object) -> None:
    """Refuse arrays that hold NaN or infinity, or would once they are stored.

    Args:
        arrays: For each name an array, on any device, and the type as which it is stored, None for its own.
        origin: The file, for errors.

    Raises:
        WeightsError: There are such values. The message names the arrays.
    """
    names = [name for name, (array, dtype) in arrays.items() if not _is_finite(array, dtype)]
    if names:
        more = f' and {len(names) - 1} more' if len(names) > 1 else ''
        raise WeightsError(
            f'{origin}: the weights hold NaN or infinity, in {names[0]}{more}. The training has probably '
            'diverged: go back to weights from before, or train with a lower learning rate'
        )


def _is_finite(array: Any, dtype: Any) -> bool:
    if array.dtype.kind not in 'fc':
        return True
    with np.errstate(over='ignore'):  # what is beyond the type becomes infinity
        stored = array if dtype is None else array.astype(dtype, copy=False)
    return bool(np.isfinite(stored).all())
