"""Plans are kept on disk, and processes choose the same."""

import json
import logging

import pytest

from chainercv_seg.engines.cuda.plan_cache import _say_once, agreeing, load_table, table_path
from chainercv_seg.engines.cuda.plan_table import PlanTable
from chainercv_seg.engines.cuda.problem import Problem

KIND = 'some GPU with these libraries'
ONE, OTHER = (
    Problem(x=(1, 8, 9, 9), kernel=(4, 8, 3, 3)),
    Problem(x=(1, 8, 5, 5), kernel=(4, 8, 3, 3)),
)

pytestmark = pytest.mark.usefixtures('cache_root')


def test_what_is_chosen_is_there_in_the_next_process():
    table = load_table(KIND)
    with agreeing(table):
        table.add(ONE, 'a')
    again = load_table(KIND)
    assert (again.entries, again.token) == ({ONE.key: 'a'}, table.token)
    assert load_table('another GPU').entries == {}


def test_processes_that_run_side_by_side_choose_the_same():
    first, second = load_table(KIND), load_table(KIND)
    assert first.sha256 == second.sha256
    with agreeing(first):
        first.add(ONE, 'a')
    with agreeing(second):
        second.add(ONE, 'b')
        second.add(OTHER, 'c')
    with agreeing(first):
        pass
    assert first.entries == second.entries == {ONE.key: 'a', OTHER.key: 'c'}


@pytest.mark.parametrize(
    'change',
    [
        lambda text: text[: len(text) // 2],
        lambda text: text.replace(KIND, 'another GPU'),
        lambda text: text.replace('"a"', '"b"'),
        lambda text: text.replace('"a"', '1'),
        lambda text: '[]',
        lambda text: '\xff',
    ],
)
def test_a_file_that_was_changed_is_not_trusted_but_replaced(change, caplog):
    table = load_table(KIND)
    with agreeing(table):
        table.add(ONE, 'a')
    path = table_path(KIND)
    path.write_text(change(path.read_text()))
    again = load_table(KIND)
    assert again.entries == {}
    assert again.token != table.token
    assert 'plans are chosen anew' in caplog.text
    assert json.loads(path.read_text())['token'] == again.token


def test_what_was_chosen_stays_where_the_file_was_made_anew():
    table = load_table(KIND)
    with agreeing(table):
        table.add(ONE, 'a')
    table_path(KIND).unlink()
    with agreeing(load_table(KIND)):
        pass
    other = load_table(KIND)
    with agreeing(other):
        other.add(ONE, 'b')
    with agreeing(table):
        table.add(OTHER, 'c')
    assert table.entries == {ONE.key: 'a', OTHER.key: 'c'}
    assert load_table(KIND).entries == {ONE.key: 'b'}


def test_a_closed_table_is_left_alone():
    table = PlanTable(KIND, {ONE.key: 'a'}, closed=True)
    with agreeing(table):
        table.add(OTHER, 'b')
    assert not table_path(KIND).exists()


def test_a_disk_that_cannot_be_written_is_one_line(cache_root, caplog):
    cache_root.write_text('a file in the place of the folder')
    _say_once.cache_clear()
    with caplog.at_level(logging.WARNING):
        table = load_table(KIND)
        with agreeing(table):
            table.add(ONE, 'a')
    assert table.entries == {ONE.key: 'a'}
    assert sum('cannot be kept on disk' in record.message for record in caplog.records) == 1
