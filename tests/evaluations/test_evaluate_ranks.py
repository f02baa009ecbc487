import os
import signal
import time
import traceback

import numpy as np
import pytest

from chainercv_seg.evaluations import evaluate
from chainercv_seg.evaluations.shares import share
from tests.communicators import run_ranks

NAMES = ('red', 'green', 'blue')
#: What a journal knows a network and data by.
KNOWN = {'protocol': {'data': 'pictures'}, 'weights_sha256': 'a' * 64}


class Brightest:
    """A network that takes the brightest channel for the class, void where it is dark."""

    def __init__(self, seconds=0):
        self.seconds = seconds

    def predict(self, imgs):
        time.sleep(self.seconds)
        return [np.where(img.max(axis=0) > 0.1, img.argmax(axis=0), -1) for img in imgs]


class Pictures:
    def __init__(self, n):
        self.n = n
        self.read = []

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        self.read.append(i)
        rng = np.random.RandomState(i)
        shape = (4 + i % 3, 5)
        return rng.rand(3, *shape).astype(np.float32), rng.randint(-1, 3, shape)


def counts_of(result):
    return np.column_stack([result.counts, result.void_predictions]).tolist()


def undisturbed(n):
    return counts_of(evaluate(Brightest(), Pictures(n), label_names=NAMES))


@pytest.mark.parametrize('size', [1, 2, 3, 4])
@pytest.mark.parametrize(('n', 'batchsize'), [(0, 1), (1, 1), (3, 2), (11, 1), (11, 4)])
def test_counts_are_the_same_for_every_number_of_ranks_and_batch_size(size, n, batchsize):
    results = run_ranks(
        size,
        lambda comm: evaluate(
            Brightest(), Pictures(n), label_names=NAMES, batchsize=batchsize, comm=comm
        ),
    )
    assert [counts_of(result) for result in results] == [undisturbed(n)] * size


def test_each_rank_reads_and_predicts_its_own_share_only():
    def run(comm):
        dataset, predicted = Pictures(11), []
        evaluate(
            Brightest(),
            dataset,
            label_names=NAMES,
            comm=comm,
            on_image=lambda number, *_: predicted.append(number),
        )
        compared = [0, 5, 10]
        assert sorted(dataset.read) == sorted([*compared, *predicted])
        return predicted

    assert run_ranks(4, run) == [list(share(11, rank, 4)) for rank in range(4)]


def test_what_is_sent_does_not_grow_with_the_number_of_images(monkeypatch):
    # However slow the machine is, no message is due but those of the first image and of the end.
    monkeypatch.setattr('chainercv_seg.utils.rank_watch.MESSAGE_SECONDS', 1e6)

    def run(comm, n):
        evaluate(Brightest(), Pictures(n), label_names=NAMES, comm=comm)
        return comm.world.sent, comm.world.messages

    (few, _), *_ = run_ranks(3, lambda comm: run(comm, 10))
    (many, messages), *_ = run_ranks(3, lambda comm: run(comm, 300))
    assert messages[0] == 0
    assert max(messages) <= 2  # of the first image, and of the end
    assert max(many) <= max(few) + 200
    assert max(many) < 1000


def test_messages_of_progress_are_rare(monkeypatch):
    def run(comm):
        evaluate(Brightest(0.01), Pictures(120), label_names=NAMES, comm=comm)
        return comm.world.messages

    monkeypatch.setattr('chainercv_seg.utils.rank_watch.MESSAGE_SECONDS', 0.1)
    start = time.monotonic()
    first, *others = run_ranks(3, run)[0]
    assert first == 0
    for messages in others:
        # One tells of the first image, the last that the rank has finished: one is enough where the
        # machine is so slow that both are known at once.
        assert 1 <= messages <= 10 * (time.monotonic() - start) + 2


def test_the_first_rank_shows_the_progress_of_all(capsys, monkeypatch):
    monkeypatch.setattr('chainercv_seg.evaluations.progress.LINE_SECONDS', 0.02)

    run_ranks(3, lambda comm: evaluate(Brightest(0.01), Pictures(31), label_names=NAMES, comm=comm))
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) > 2
    done = [int(line.split()[0]) for line in lines]
    assert done == sorted(done)
    assert lines[-1].startswith('31 of 31 images by 3 ranks after ')


class Killed(BaseException):
    pass


@pytest.mark.parametrize('sizes', [(1, 2, 3), (3, 2, 1), (4, 1, 4), (2, 2, 2)])
def test_a_killed_run_goes_on_with_another_number_of_ranks(tmp_path, sizes):
    n, predicted = 29, []

    def run(comm, last):
        count = 0

        def on_image(number, *_):
            nonlocal count
            count += 1
            if not last and count > 3 + comm.rank:
                raise Killed
            predicted.append(number)

        return evaluate(
            Brightest(),
            Pictures(n),
            label_names=NAMES,
            resume=tmp_path / 'J',
            **KNOWN,
            comm=comm,
            on_image=on_image,
        )

    for size in sizes[:-1]:
        results = run_ranks(size, lambda comm: run(comm, last=False))
        assert all(isinstance(result, Killed) for result in results)
    done = len(predicted)
    results = run_ranks(sizes[-1], lambda comm: run(comm, last=True))
    assert [counts_of(result) for result in results] == [undisturbed(n)] * sizes[-1]
    assert sorted(predicted) == list(range(n))  # none twice
    assert {result.resumed for result in results} == {done}


# Threads of other tests may be there; the child starts its own.
@pytest.mark.filterwarnings('ignore:.*multi-threaded, use of fork:DeprecationWarning')
@pytest.mark.skipif(not hasattr(os, 'fork'), reason='needs os.fork')
def test_a_run_killed_with_sigkill_at_any_moment_ends_with_the_same_counts(tmp_path):
    dataset, journal, kills = Pictures(60), tmp_path / 'J', 0
    while True:
        child = os.fork()
        if child == 0:
            try:
                evaluate(Brightest(0.004), dataset, label_names=NAMES, resume=journal, **KNOWN)
                os._exit(0)
            finally:
                traceback.print_exc()
                os._exit(1)
        time.sleep(0.02 + 0.007 * kills)
        os.kill(child, signal.SIGKILL)
        status = os.waitpid(child, 0)[1]
        if os.WIFEXITED(status):
            assert os.WEXITSTATUS(status) == 0
            break
        kills += 1
        assert kills < 500
    assert kills > 3
    result = evaluate(Brightest(), dataset, label_names=NAMES, resume=journal, **KNOWN)
    assert result.resumed == 60
    assert counts_of(result) == undisturbed(60)
