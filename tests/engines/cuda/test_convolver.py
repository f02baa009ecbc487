"""A convolver keeps the plans of its table."""

from threading import RLock

from chainercv_seg.engines.cuda.convolver import Convolver
from chainercv_seg.engines.cuda.plan_table import PlanTable
from chainercv_seg.engines.cuda.problem import Problem

PROBLEM = Problem(x=(1, 8, 9, 9), kernel=(4, 8, 3, 3))


class Offline(Convolver):
    """One without a GPU: it chooses what its table names."""

    def __init__(self, table):
        self.table, self.lock = table, RLock()
        self._plans, self._token, self.chosen = {}, None, []

    def follow(self):
        pass

    def _choose(self, problem):
        self.chosen.append(problem)
        return self.table.get(problem)


def test_a_plan_is_chosen_once_until_the_table_becomes_another():
    convolver = Offline(PlanTable('H100', {PROBLEM.key: 'a'}))
    assert [convolver.plan(PROBLEM) for _ in range(2)] == ['a', 'a']
    assert len(convolver.chosen) == 1
    convolver.table.take_over(PlanTable('H100', {PROBLEM.key: 'b'}))
    assert [convolver.plan(PROBLEM) for _ in range(2)] == ['b', 'b']
    assert len(convolver.chosen) == 2


def test_without_a_table_a_plan_is_chosen_once():
    convolver = Offline(None)
    convolver._choose = lambda problem: convolver.chosen.append(problem) or 'fastest'
    assert [convolver.plan(PROBLEM) for _ in range(2)] == ['fastest'] * 2
    assert len(convolver.chosen) == 1
