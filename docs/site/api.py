"""Pages of the public names: directives, by which the generator takes the docstrings in."""

import importlib
import inspect
import pkgutil
from typing import Any

import chainercv_seg

#: Up to so many entries of a constant are shown.
_SHOWN = 12


def rooms() -> list[str]:
    """List the modules with public names, by their full names."""
    found = [
        room.name
        for room in pkgutil.walk_packages(chainercv_seg.__path__, 'chainercv_seg.')
        if room.ispkg and '._' not in room.name
    ]
    return [name for name in found if getattr(importlib.import_module(name), '__all__', ())]


def api_page(module: str) -> str:
    """Write the page of a room.

    Args:
        module: Its full name.

    Returns:
        ReStructuredText.
    """
    room = importlib.import_module(module)
    title = module.partition('.')[2]
    parts = [_heading(title, '='), f'.. automodule:: {module}\n\n']
    for name in room.__all__:
        parts += [_heading(name, '-'), _directive(f'{module}.{name}', getattr(room, name)), '\n']
    return ''.join(parts)


def _directive(name: str, value: Any) -> str:
    if inspect.isclass(value):
        return f'.. autoclass:: {name}\n   :members:\n'
    if callable(value):
        return f'.. autofunction:: {name}\n'
    head = f'.. py:data:: {name}\n   :type: {type(value).__name__}\n\n'
    if not isinstance(value, tuple | list):
        return f'{head}   ``{value!r}``\n'
    shown = ', '.join(f'``{entry!r}``' for entry in value[:_SHOWN])
    rest = ', ...' if len(value) > _SHOWN else ''
    return f'{head}   {len(value)} entries: {shown}{rest}\n'


def _heading(text: str, line: str) -> str:
    return f'{text}\n{line * len(text)}\n\n'
