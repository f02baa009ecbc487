"""A plugin of pytest that runs the code blocks of documents: pytest -p code_blocks README.md docs examples.

Blocks of a document run one after the other, in one empty folder: ``python`` in one namespace, ``sh`` in a
shell each. A ``text`` block behind them is what was printed, where ``...`` stands for anything. What cannot
run says why in the source: ``<!-- skip: next "needs a GPU" -->``.
"""

import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from sybil import Example, Sybil
from sybil.evaluators.python import PythonEvaluator
from sybil.parsers.markdown import CodeBlockParser, SkipParser

_LIMIT_SECONDS = 300
#: Documents are written for a wide terminal, where nothing else is in the cache of data and weights.
_WIDTH = '120'


def _enter(namespace: dict[str, Any]) -> None:
    namespace['_before'] = os.getcwd()
    folder = tempfile.mkdtemp()
    os.environ['CHAINER_DATASET_ROOT'] = f'{folder}/.cache'
    os.chdir(folder)


def _leave(namespace: dict[str, Any]) -> None:
    folder = os.getcwd()
    os.chdir(namespace['_before'])
    shutil.rmtree(folder)


def _run_shell(example: Example) -> None:
    programs = f'{Path(sys.executable).parent}{os.pathsep}{os.environ["PATH"]}'
    done = subprocess.run(
        ['bash', '-euo', 'pipefail', '-c', example.parsed],
        env={**os.environ, 'PATH': programs, 'COLUMNS': _WIDTH, 'CHAINERCV_SEG_OFFLINE': '1'},
        capture_output=True,
        text=True,
        timeout=_LIMIT_SECONDS,
    )
    if done.returncode:
        raise AssertionError(f'exit code {done.returncode}\n{done.stdout}{done.stderr}')
    example.namespace['_printed'] = done.stdout


def _run_python(example: Example) -> None:
    with redirect_stdout(io.StringIO()) as printed:
        PythonEvaluator()(example)
    example.namespace['_printed'] = printed.getvalue()


def _compare(example: Example) -> None:
    expected, printed = (
        '\n'.join(line.rstrip() for line in text.strip().split('\n'))
        for text in (example.parsed, example.namespace.get('_printed', ''))
    )
    if not re.fullmatch('.*'.join(map(re.escape, expected.split('...'))), printed, re.DOTALL):
        raise AssertionError(f'the document says\n{expected}\n\nwhat was printed is\n{printed}')


pytest_collect_file = Sybil(
    [
        SkipParser(),
        CodeBlockParser('sh', _run_shell),
        CodeBlockParser('python', _run_python),
        CodeBlockParser('text', _compare),
    ],
    path='/',
    pattern='*.md',
    setup=_enter,
    teardown=_leave,
).pytest()
