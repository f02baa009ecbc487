"""Plans are chosen once, and a batch has the bits of its images."""

import copy
import pickle

import pytest

from chainercv_seg.engines.cuda.choice import choose, fastest_plan, first_plan
from chainercv_seg.engines.cuda.plan_table import ONE_BY_ONE, PlanTable
from chainercv_seg.engines.cuda.problem import Problem
from chainercv_seg.utils.errors import DeviceError

ONE = Problem(x=(1, 8, 9, 9), kernel=(4, 8, 3, 3))
BATCH = Problem(x=(3, 8, 9, 9), kernel=(4, 8, 3, 3))


class StandIn:
    """A plan that writes down what it was called with."""

    def __init__(self, name, workspace=10):
        self.name, self.workspace, self.calls = name, workspace, []

    def __call__(self, *addresses):
        self.calls.append(addresses)


class CuDNN:
    """Proposals of plans with a time each."""

    def __init__(self, times, *, without=(), same=True):
        self.times, self.without, self.same = times, without, same
        self.asked, self.timed, self.compared = [], [], []

    def propose(self, problem):
        self.asked.append(problem)
        plans = [StandIn(name) for name in self.times if (problem.x[0], name) not in self.without]

        class Proposals:
            refusal = 'not supported'

            def __iter__(self):
                return iter(plans)

            def named(self, name):
                return next((plan for plan in plans if plan.name == name), None)

            def like(self, plan):
                return self.named(plan.name)

        return Proposals()

    def seconds(self, problem, plan):
        assert problem.x[0] == 1
        self.timed.append(plan.name)
        return self.times[plan.name]

    def same_bits(self, problem, batch, alone):
        assert batch.name == alone.name
        self.compared.append(batch.name)
        return self.same

    def choose(self, problem, table, **options):
        return choose(
            problem, self.propose, table, seconds=self.seconds, same_bits=self.same_bits, **options
        )


TIMES = {'a': 3.0, 'b': 1.0, 'c': 2.0, 'd': 1.0, 'e': 0.1}


@pytest.fixture
def table():
    return PlanTable('some GPU')


def test_the_fastest_of_the_first_few_is_chosen_and_kept(table):
    cudnn = CuDNN(TIMES)
    assert cudnn.choose(ONE, table).name == 'b'
    assert cudnn.timed == ['a', 'b', 'c', 'd']
    assert table.entries == {ONE.key: 'b'}
    assert cudnn.choose(ONE, table).name == 'b'
    assert len(cudnn.timed) == 4


def test_what_the_table_says_is_done_though_another_is_faster(table):
    table.add(ONE, 'c')
    assert CuDNN(TIMES).choose(ONE, table).name == 'c'


def test_a_plan_that_is_gone_is_replaced_and_said(table, caplog):
    table.add(ONE, 'z')
    assert CuDNN(TIMES).choose(ONE, table).name == 'b'
    assert 'is gone' in caplog.text


def test_a_batch_has_the_plan_of_one_image_where_the_bits_are_the_same(table):
    cudnn = CuDNN(TIMES)
    assert cudnn.choose(BATCH, table).name == 'b'
    assert cudnn.compared == ['b']
    assert table.entries == {ONE.key: 'b', BATCH.key: 'b'}
    assert cudnn.choose(BATCH, table).name == 'b'
    assert cudnn.compared == ['b']  # known from then on


@pytest.mark.parametrize('options', [{'same': False}, {'without': [(3, 'b')]}])
def test_else_its_images_are_computed_one_after_the_other(table, options):
    plan = CuDNN(TIMES, **options).choose(BATCH, table)
    assert (plan.name, plan.workspace) == (ONE_BY_ONE, 10)
    plan(1000, 5, 9000, 7)
    x, y = 8 * 81 * 4, 4 * 49 * 4
    assert plan._plan.calls == [(1000 + i * x, 5, 9000 + i * y, 7) for i in range(3)]
    again = CuDNN(TIMES)
    assert again.choose(BATCH, table).name == ONE_BY_ONE
    assert not again.compared


def test_a_closed_table_takes_the_first_and_times_nothing():
    table = PlanTable('some GPU', {ONE.key: 'c'}, closed=True)
    cudnn = CuDNN(TIMES)
    other = Problem(x=(1, 8, 5, 5), kernel=(4, 8, 3, 3))
    assert cudnn.choose(ONE, table).name == 'c'
    assert cudnn.choose(other, table).name == 'a'
    assert not cudnn.timed
    assert table.entries == {ONE.key: 'c'}


def test_nothing_to_choose_from_is_an_error_that_names_the_problem(table):
    with pytest.raises(DeviceError, match=r'1x8x9x9.*not supported'):
        CuDNN({}).choose(ONE, table)
    with pytest.raises(DeviceError, match='1x8x9x9'):
        first_plan(ONE, [])
    with pytest.raises(DeviceError, match='1x8x9x9'):
        fastest_plan(ONE, [], lambda plan: 0.0)


def test_entries_never_change(table):
    table.add(ONE, 'a')
    table.add(ONE, 'b')
    table.merge({ONE.key: 'c', BATCH.key: 'd'})
    assert table.entries == {ONE.key: 'a', BATCH.key: 'd'}


def test_a_table_that_grows_keeps_its_hash_since_entries_never_change(table):
    before = table.sha256
    table.add(ONE, 'a')
    assert table.sha256 == before
    assert PlanTable('some GPU', token=table.token).sha256 == before
    others = PlanTable('some GPU'), PlanTable('another GPU', token=table.token)
    assert len({before, *(other.sha256 for other in others)}) == 3


def test_the_hash_of_a_closed_table_is_of_its_entries():
    def closed(kind='some GPU', **entries):
        return PlanTable(kind, entries, closed=True).sha256

    assert closed(a='b') == closed(a='b')
    assert len({closed(a='b'), closed(a='c'), closed(), closed('another GPU', a='b')}) == 4


def test_a_rank_takes_over_the_table_of_another(table):
    other = PlanTable('some GPU', {ONE.key: 'b'}, closed=True)
    table.add(ONE, 'a')
    table.take_over(other)
    assert (table.entries, table.closed, table.sha256) == (other.entries, True, other.sha256)
    with pytest.raises(ValueError, match='another GPU are no good for some GPU'):
        table.take_over(PlanTable('another GPU'))


@pytest.mark.parametrize('duplicate', [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_a_table_can_be_sent(duplicate):
    table = PlanTable('some GPU', {ONE.key: 'a'}, closed=True)
    other = duplicate(table)
    assert (other.kind, other.entries, other.closed) == (table.kind, table.entries, True)
    assert other.token == table.token
