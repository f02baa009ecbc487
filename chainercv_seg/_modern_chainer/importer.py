"""The import of a module of Chainer with its open gaps closed."""

import functools
import importlib.util
import os
import sys
from importlib.machinery import (
    BYTECODE_SUFFIXES,
    EXTENSION_SUFFIXES,
    SOURCE_SUFFIXES,
    ExtensionFileLoader,
    FileFinder,
    SourceFileLoader,
    SourcelessFileLoader,
)
from types import CodeType

from chainercv_seg._modern_chainer.gaps import GAPS, mend, open_gaps


def watch_imports() -> None:
    """Have the modules that the table of gaps lists mended when they are imported.

    Only their folders get another finder: nothing that is not Chainer's passes through here.
    """
    packages = {gap.module.partition('.')[0] for gap in GAPS}
    roots = {package: package_folder(package) for package in packages}
    for gap in GAPS:
        package, *subpackages, _ = gap.module.split('.')
        root = roots[package]
        if root is not None:
            folder = os.path.join(root, *subpackages)
            sys.path_importer_cache[folder] = finder(folder)


def package_folder(package: str) -> str | None:
    """Find where a top-level package lies, without importing it.

    Returns:
        The folder, or ``None`` where the package is missing or does not lie in a folder.
    """
    try:
        spec = importlib.util.find_spec(package)
    except ValueError:  # Somebody put a module without a spec in its place: not Chainer.
        return None
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = spec.submodule_search_locations[0]
    return folder if os.path.isdir(folder) else None


@functools.cache
def finder(folder: str) -> FileFinder:
    """Make Python's own finder for one folder, with :class:`MendingLoader` for source files."""
    return FileFinder(
        folder,
        (ExtensionFileLoader, EXTENSION_SUFFIXES),
        (MendingLoader, SOURCE_SUFFIXES),
        (SourcelessFileLoader, BYTECODE_SUFFIXES),
    )


class MendingLoader(SourceFileLoader):
    """Loads a module from its source file, mended where a gap is open."""

    def get_code(self, fullname: str) -> CodeType | None:
        """Compile the module."""
        return mended_code(self, fullname) or super().get_code(fullname)


def mended_code(loader: SourceFileLoader, module: str) -> CodeType | None:
    """Compile the mended source of a module.

    The code is neither read from ``__pycache__`` nor written there, where it would outlive this
    package.

    Returns:
        The code, or ``None`` where the module has no open gap.
    """
    gaps = open_gaps(module)
    if not gaps:
        return None
    source = importlib.util.decode_source(loader.get_data(loader.path))
    return loader.source_to_code(mend(source, gaps), loader.path)
