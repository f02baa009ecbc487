"""Matplotlib for pictures that are files, whatever the environment wants to show them on."""

import importlib
import os
from contextlib import suppress


def draw_to_files() -> None:
    """Load Matplotlib, if it is installed, so that it needs no window and no notebook.

    ``MPLBACKEND`` may name what is not there, as a notebook leaves it for the commands started in it:
    then Matplotlib cannot even be imported. Where it is imported already nothing changes.
    """
    before = os.environ.get('MPLBACKEND')
    os.environ['MPLBACKEND'] = 'agg'
    try:
        with suppress(ModuleNotFoundError):  # whoever needs it will say so
            importlib.import_module('matplotlib')
    finally:
        del os.environ['MPLBACKEND']
        if before is not None:
            os.environ['MPLBACKEND'] = before
