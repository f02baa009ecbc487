"""The table of gaps against the sources of the Chainer that is installed."""

import re
import warnings
from pathlib import Path

import pytest

from chainercv_seg._modern_chainer.gaps import GAPS, mend
from chainercv_seg._modern_chainer.importer import package_folder


def source_of(gap):
    package, *rest = gap.module.split('.')
    return Path(package_folder(package), *rest).with_suffix('.py').read_text(encoding='utf-8')


GAP = pytest.mark.parametrize('gap', GAPS, ids=lambda gap: f'{gap.module}: {gap.since}')


@GAP
def test_every_substitution_finds_what_it_replaces(gap):
    source = source_of(gap)
    for old, new in gap.substitutions:
        mended = re.sub(old, new, source, flags=re.MULTILINE)
        assert mended != source, old
        source = mended


@GAP
def test_mended_source_compiles_without_warnings_and_needs_no_mending(gap):
    mended = mend(source_of(gap), [gap])
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        compile(mended, gap.module, 'exec')
    assert mend(mended, [gap]) == mended


@GAP
def test_mending_keeps_line_numbers(gap):
    if gap.module.endswith('_pb2'):
        pytest.skip('generated code without functions')
    before = source_of(gap).split('\n')
    after = mend('\n'.join(before), [gap]).split('\n')
    assert len(after) == len(before)
    assert 0 < sum(old != new for old, new in zip(before, after, strict=True)) < 10


def test_what_one_release_took_from_a_module_is_one_row():
    rows = [(gap.module, gap.since) for gap in GAPS]
    assert len(rows) == len(set(rows))


@pytest.mark.parametrize('module', sorted({gap.module for gap in GAPS}))
def test_all_gaps_of_a_module_can_be_open_at_once(module):
    gaps = [gap for gap in GAPS if gap.module == module]
    source = source_of(gaps[0])
    for old in (old for gap in gaps for old, _ in gap.substitutions):
        assert re.search(old, source, flags=re.MULTILINE)
    compile(mend(source, gaps), module, 'exec')
