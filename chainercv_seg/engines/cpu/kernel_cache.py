"""Machine code on disk where the disk allows it, else in memory. Needs numba."""

import logging
import os
from functools import cache
from typing import Any

from numba.core import caching
from numba.misc.appdirs import AppDirs

_logger = logging.getLogger(__name__)


@cache
def _say_once() -> None:
    """Say, once a process, that kernels are not kept. Without logging set up, on standard error."""
    _logger.warning(
        'compiled kernels cannot be kept on disk, so that each process compiles its own: set '
        'NUMBA_CACHE_DIR to a folder that can be written and has space'
    )


class _Home(caching.UserWideCacheLocator):
    """The user's cache folder, where it can be told: not the folder ``~`` in the current one."""

    @classmethod
    def from_function(cls, py_func: Any, py_file: str) -> Any:
        """Find the folder; None where there is none."""
        if not os.path.isabs(AppDirs(appname='numba', appauthor=False).user_cache_dir):
            return None
        return super().from_function(py_func, py_file)


class _Implementation(caching.CompileResultCacheImpl):
    _locator_classes = [  # noqa: RUF012  numba's name, which it only reads
        _Home if locator is caching.UserWideCacheLocator else locator
        for locator in caching.CompileResultCacheImpl._locator_classes
    ]


class _KernelCache(caching.FunctionCache):
    """numba's cache, in which files that are damaged or cannot be written stop nothing."""

    _impl_class = _Implementation

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Load machine code; None where there is none, or none that can be read."""
        try:
            return super().load_overload(sig, target_context)
        except Exception as error:  # what unpickling a damaged file raises may be anything
            _logger.info('%s is compiled anew, since its file is damaged: %r', self._name, error)
        try:
            self.flush()
        except OSError:
            self._give_up()
        return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Save machine code, if it can be."""
        try:
            super().save_overload(sig, data)
        except OSError:
            self._give_up()

    def _give_up(self) -> None:
        self.disable()
        _say_once()


def keep(kernel: Any) -> None:
    """Let a kernel of numba's keep its machine code on disk.

    numba stores it in ``__pycache__`` beside the source, in the user's cache folder where that
    cannot be written, or under ``NUMBA_CACHE_DIR``. Where none of them can be, one line says so, and
    the code stays in memory.

    Args:
        kernel: What ``numba.njit`` made.
    """
    try:
        kernel._cache = _KernelCache(kernel.py_func)
    except RuntimeError:  # numba's, where no folder will do
        _say_once()
