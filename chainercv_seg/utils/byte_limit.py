"""Limits in bytes that the user may raise by a variable of the environment."""

import os
import re

from chainercv_seg.utils.errors import UserError


def byte_limit(variable: str, default: int) -> int:
    """Read a limit.

    Args:
        variable: Name of the variable.
        default: The limit where it is not set.

    Returns:
        A number of bytes.

    Raises:
        UserError: It is no number.
    """
    text = os.environ.get(variable, '').strip()
    if not text:
        return default
    if not re.fullmatch('[0-9]{1,18}', text):
        raise UserError(f'{variable} must be a number of bytes, but is {text[:40]!r}')
    return int(text)
