"""What lies where something is missing: the names most like the one that is wanted."""

import difflib
from collections.abc import Iterable
from pathlib import PurePath

_SHOWN = 3


def there_instead(wanted: str, names: Iterable[str]) -> str:
    """Say what is there, as a sentence for an error.

    Args:
        wanted: The name that is missing, with or without a suffix.
        names: The names that are there. They may be paths.

    Returns:
        ``' There are a.png and 7 more.'`` with a space before it, those first that hold the name or a part of
        it, then those like it, then the others; nothing where there are none.
    """
    left = sorted(set(names))
    if not left:
        return ''
    stem = PurePath(wanted).stem.lower()
    stems = {name: PurePath(name).stem.lower() for name in left}
    close = set(difflib.get_close_matches(stem, stems.values(), n=_SHOWN))

    def unlike(name: str) -> tuple[int, str]:
        found = stems[name]
        return (0 if stem in found or found in stem else 1 if found in close else 2), name

    left.sort(key=unlike)
    shown, more = left[:_SHOWN], len(left) - _SHOWN
    listed = [*shown, f'{more} more'] if more > 0 else shown
    text = ' and '.join([', '.join(listed[:-1]), listed[-1]]) if len(listed) > 1 else listed[0]
    return f' There {"is" if len(listed) == 1 else "are"} {text}.'
