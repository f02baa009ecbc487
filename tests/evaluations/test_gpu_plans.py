"""Ranks compute by the plans of the first one, and journals know by which plans images were predicted."""

import numpy as np
import pytest

from chainercv_seg.engines.cuda.plan_table import PlanTable
from chainercv_seg.engines.cuda.problem import Problem
from chainercv_seg.evaluations import evaluate
from chainercv_seg.utils.errors import JournalError, RankError
from tests.communicators import run_ranks

PROBLEM = Problem(x=(1, 8, 9, 9), kernel=(4, 8, 3, 3))
KNOWN = {'protocol': {'data': 'numbers'}, 'weights_sha256': 'a' * 64}


class Data:
    def __len__(self):
        return 7

    def __getitem__(self, i):
        return np.full((3, 2, 2), i, 'f'), np.zeros((2, 2), 'i')


class Network:
    """Chooses a plan where it has none, and notes by which it predicted each image."""

    def __init__(self, plans, choice='own'):
        self.plans, self.choice, self.used, self.closed = plans, choice, [], False

    def close(self):
        self.closed = True

    def predict(self, imgs):
        self.plans.add(PROBLEM, self.choice)
        self.used += [self.plans.get(PROBLEM) or 'first'] * len(imgs)
        return [np.zeros(img.shape[1:], 'i') for img in imgs]


def in_ranks(tables, **options):
    """Evaluate in ranks with a network each, whose own choice is its rank's number."""
    networks = [Network(table, f'choice {rank}') for rank, table in enumerate(tables)]

    def run(comm):
        return evaluate(
            networks[comm.rank], Data(), label_names='ab', comm=comm, **KNOWN, **options
        )

    return networks, run_ranks(len(tables), run)


def test_all_ranks_have_the_plans_that_the_first_has_chosen_for_the_first_image():
    networks, results = in_ranks([PlanTable('H100') for _ in range(3)])
    assert [result.counts.tolist() for result in results] == [[[28, 0], [0, 0]]] * 3
    assert {plan for network in networks for plan in network.used} == {'choice 0'}
    assert len({network.plans.sha256 for network in networks}) == 1
    assert all(network.plans.closed for network in networks)
    assert [network.closed for network in networks] == [False, True, True]


def test_ranks_that_share_a_table_on_disk_go_on_to_write_to_it():
    tables = [PlanTable('H100', token='t') for _ in range(3)]
    networks, _ = in_ranks(tables)
    assert not any(table.closed for table in tables)
    assert len({table.sha256 for table in tables}) == 1
    assert [len(network.used) for network in networks] == [3, 2, 2]  # nothing to warm up


def test_other_kinds_of_gpu_are_refused_by_name_unless_they_are_asked_for():
    kinds = ['H100', 'A100', 'H100']
    networks, results = in_ranks([PlanTable(kind) for kind in kinds])
    for result in results:
        assert isinstance(result, RankError)
        for text in ('--mixed-gpus', 'H100 in rank', 'A100 in rank 1'):
            assert text in str(result)
    assert not any(network.used for network in networks)
    networks, results = in_ranks([PlanTable(kind) for kind in kinds], mixed_gpus=True)
    assert not any(isinstance(result, Exception) for result in results)
    assert set(networks[0].used + networks[2].used) == {'choice 0'}
    assert set(networks[1].used) == {'choice 1'}


def test_a_journal_goes_on_with_the_same_plans_only(tmp_path):
    def run(table, **options):
        return evaluate(
            Network(table), Data(), label_names='ab', resume=tmp_path / 'J', **KNOWN, **options
        )

    run(PlanTable('H100', token='t'))
    assert run(PlanTable('H100', {PROBLEM.key: 'more'}, token='t')).resumed == 7  # it has grown
    for other in (PlanTable('H100', token='u'), PlanTable('A100', token='t')):
        with pytest.raises(
            JournalError, match=r"plans is '.* of H100' in the journal, '.* of .100'"
        ):
            run(other)


def test_a_journal_of_any_gpu_goes_on_on_any(tmp_path):
    def run(kind, **options):
        table = PlanTable(kind)
        return evaluate(
            Network(table), Data(), label_names='ab', resume=tmp_path / 'J', **KNOWN, **options
        )

    run('H100', mixed_gpus=True)
    assert run('A100', mixed_gpus=True).resumed == 7
    with pytest.raises(JournalError, match="plans is 'of any GPU'"):
        run('A100')


def test_journals_of_ranks_with_several_kinds_of_gpu_go_on(tmp_path):
    for _ in range(2):
        _, results = in_ranks(
            [PlanTable('H100'), PlanTable('A100')], mixed_gpus=True, resume=tmp_path / 'J'
        )
    assert [result.resumed for result in results] == [7, 7]


def test_networks_on_the_cpu_have_no_plans_in_their_journals(tmp_path):
    class Plain:
        def predict(self, imgs):
            return [np.zeros(img.shape[1:], 'i') for img in imgs]

    evaluate(Plain(), Data(), label_names='ab', resume=tmp_path / 'J', **KNOWN)
    assert 'plans' not in (tmp_path / 'J').read_text()
