"""Mending modules of Chainer that were imported before this package."""

import gc
import sys
from collections.abc import Iterator
from importlib.machinery import SourceFileLoader
from types import CodeType, FunctionType, ModuleType

from chainercv_seg._modern_chainer.gaps import GAPS
from chainercv_seg._modern_chainer.importer import MendingLoader, mended_code


def forget_failed_import() -> None:
    """Clear away what an ``import chainer`` that failed before left half done.

    Python drops the package that failed, but keeps its modules that did not; with these, a second
    attempt fails on names of the first.
    """
    if 'chainer' not in sys.modules:
        for name in [name for name in sys.modules if name.startswith('chainer.')]:
            del sys.modules[name]


def mend_imported() -> None:
    """Give the live functions of imported modules their mended code.

    Functions and classes stay the same objects. What a module did when it was imported is not done
    again: it worked, or the module would not be here.
    """
    for name in {gap.module for gap in GAPS} & sys.modules.keys():
        module = sys.modules[name]
        loader = getattr(module, '__loader__', None)
        if isinstance(loader, SourceFileLoader) and not isinstance(loader, MendingLoader):
            code = mended_code(loader, name)
            if code is not None:
                replace_code(module, code)


def replace_code(module: ModuleType, code: CodeType) -> None:
    """Replace the code of each function of a module that differs.

    Functions are known by name and first line, which no substitution changes.
    """
    new = {(c.co_name, c.co_firstlineno): c for c in nested_code(code)}
    # Whoever holds the module's globals: decorated, nested and bound functions are found too.
    for function in gc.get_referrers(vars(module)):
        if isinstance(function, FunctionType) and function.__globals__ is vars(module):
            old = function.__code__
            mended = new.get((old.co_name, old.co_firstlineno), old)
            if mended != old:
                function.__code__ = mended


def nested_code(code: CodeType) -> Iterator[CodeType]:
    """Go through the code of all functions and classes below some code."""
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from nested_code(constant)
