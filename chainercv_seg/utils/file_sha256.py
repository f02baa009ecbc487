"""Which file it is, whatever its name: its SHA-256."""

import hashlib
import os


def file_sha256(path: str | os.PathLike[str]) -> str:
    """Hash a file.

    Args:
        path: The file.

    Returns:
        64 hexadecimal digits.

    Raises:
        OSError: The file cannot be read.
    """
    digest = hashlib.sha256()
    with open(path, 'rb') as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
