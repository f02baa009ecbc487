import threading

import pytest

from chainercv_seg.engines.cpu.forks import _Gate

#: Seconds in which what should not happen would have happened, and what should, surely has.
SOON, LONG = 0.05, 60


class Inside(threading.Thread):
    """A thread that goes inside when the gate lets it, and stays until it is told to leave."""

    def __init__(self, gate):
        super().__init__(daemon=True)
        self.gate = gate
        self.entered, self.leaving = threading.Event(), threading.Event()
        self.start()

    def run(self):
        with self.gate.inside(), self.gate.inside():
            self.entered.set()
            self.leaving.wait(LONG)

    def leave(self):
        self.leaving.set()
        self.join(LONG)
        assert not self.is_alive()


class Fork(threading.Thread):
    """A thread that closes the gate and opens it when it is told to."""

    def __init__(self, gate):
        super().__init__(daemon=True)
        self.gate = gate
        self.closed, self.opening = threading.Event(), threading.Event()
        self.start()

    def run(self):
        self.gate.close()
        self.closed.set()
        self.opening.wait(LONG)
        self.gate.open()

    def open(self):
        self.opening.set()
        self.join(LONG)
        assert not self.is_alive()


@pytest.fixture
def gate():
    return _Gate()


def test_a_fork_waits_for_those_inside(gate):
    first, second = Inside(gate), Inside(gate)
    assert first.entered.wait(LONG)
    assert second.entered.wait(LONG)
    fork = Fork(gate)
    first.leave()
    assert not fork.closed.wait(SOON)
    second.leave()
    assert fork.closed.wait(LONG)
    fork.open()


def test_who_comes_later_waits_for_the_fork_lest_it_never_has_its_turn(gate):
    first = Inside(gate)
    assert first.entered.wait(LONG)
    fork = Fork(gate)
    while gate._forks == 0:
        fork.closed.wait(SOON)
    later = Inside(gate)
    assert not later.entered.wait(SOON)
    first.leave()
    assert fork.closed.wait(LONG)
    assert not later.entered.wait(SOON)
    fork.open()
    assert later.entered.wait(LONG)
    later.leave()


def test_two_forks_follow_one_another(gate):
    forks = [Fork(gate), Fork(gate)]
    for fork in forks:
        fork.opening.set()
    for fork in forks:
        fork.open()
    inside = Inside(gate)
    assert inside.entered.wait(LONG)
    inside.leave()


def test_a_thread_may_fork_from_inside(gate):
    with gate.inside():
        gate.close()
        gate.open()
        gate.close()
        gate.open_in_child()
        with gate.inside():
            pass


def test_an_error_inside_leaves_the_gate_open(gate):
    with pytest.raises(RuntimeError), gate.inside():
        raise RuntimeError
    gate.close()
    gate.open()
