"""By what the weights of a network are known where there is no file of them."""

import hashlib
from typing import Any


def parameters_sha256(link: Any) -> str | None:
    """Hash a link's parameters and persistent values.

    Args:
        link: A link, or any other network. An optimized one has kept the hash of the link that it was made
            from, as its ``parameters_sha256``.

    Returns:
        The hash; None where there are no such values.
    """
    kept = getattr(link, 'parameters_sha256', None)
    if isinstance(kept, str):
        return kept
    values: dict[str, Any] = {}
    if hasattr(link, 'serialize'):
        from chainer.serializers import DictionarySerializer

        DictionarySerializer(values).save(link)
    if not values:
        return None
    digest = hashlib.sha256()
    for name, value in sorted(values.items()):
        digest.update(f'{name} {value.dtype} {value.shape}\n'.encode())
        digest.update(value.tobytes() if value.dtype != object else repr(value).encode())
    return digest.hexdigest()
