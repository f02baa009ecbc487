"""Loads scripts of examples/, some of which have the same name in two folders."""

import importlib.util
from pathlib import Path

EXAMPLES = Path(__file__).parents[2] / 'examples'


def load_script(path):
    """The module of a script, which is not run."""
    name = 'examples.' + path.removesuffix('.py').replace('/', '.')
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
