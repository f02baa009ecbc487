"""With a network on a GPU images are read, predicted and counted side by side, with the same results."""

import threading
from types import SimpleNamespace

import numpy as np
import pytest

from chainercv_seg.evaluations import evaluate
from chainercv_seg.evaluations.side_by_side import Threads, choose_threads, own_cores, spare_cores

NAMES = ('a', 'b')
SECONDS = 20


class Data:
    """Images whose labels are their brightness."""

    def __init__(self, n=23):
        self.n = n
        self.read = threading.Event()

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        label = np.random.RandomState(i).randint(0, 2, (5, 6)).astype(np.int32)
        return np.repeat(label[None], 3, 0).astype('f'), label


class OnGPU:
    """Says that it is on a GPU, and notes when it is asked, and from which thread."""

    device = SimpleNamespace(name='@cupy:0')

    def __init__(self, *, concurrently=False):
        self.predicts_concurrently = concurrently
        self.images, self.threads, self.lock = 0, set(), threading.Condition()

    def predict(self, imgs):
        with self.lock:
            self.images += len(imgs)
            self.threads.add(threading.current_thread())
            self.lock.notify_all()
        return [(img[0] > 0.5).astype(np.int32) for img in imgs]

    def wait_for(self, images):
        with self.lock:
            assert self.lock.wait_for(lambda: self.images >= images, SECONDS)


class OnCPU(OnGPU):
    device = SimpleNamespace(name='@numpy')


def run(link, data, **options):
    seen = []
    result = evaluate(
        link,
        data,
        label_names=NAMES,
        on_done=lambda entry: seen.append(entry.image),
        on_image=lambda i, img, label, pred: seen.append((i, img.sum(), label.sum(), pred.sum())),
        **options,
    )
    return seen, result.counts.tolist()


@pytest.mark.parametrize('batchsize', [1, 4, 30])
@pytest.mark.parametrize('concurrently', [False, True])
def test_callbacks_and_counts_are_those_of_a_network_on_the_cpu(batchsize, concurrently):
    link, other = OnGPU(concurrently=concurrently), OnCPU()
    assert run(link, Data(), batchsize=batchsize) == run(other, Data(), batchsize=batchsize)
    assert threading.current_thread() not in link.threads
    assert other.threads == {threading.current_thread()}
    assert len(link.threads) <= 1 + concurrently


def test_the_network_goes_on_while_the_caller_is_busy_with_an_image():
    link = OnGPU()
    done = []

    def on_done(entry):
        link.wait_for(min(entry.image + 3, 9))  # of the images after it
        done.append(entry.image)

    evaluate(link, Data(9), label_names=NAMES, on_done=on_done)
    assert done == list(range(9))


def test_the_network_goes_on_while_an_image_is_counted(monkeypatch):
    from chainercv_seg.evaluations.measures.sums import MeasureSums

    link, counted = OnGPU(), []

    def tally(self, pred, label):
        link.wait_for(min(len(counted) + 2, 9))
        counted.append(threading.current_thread())
        return {}

    monkeypatch.setattr(MeasureSums, 'tally', tally)
    evaluate(link, Data(9), label_names=NAMES)
    assert len(counted) == 9
    assert threading.current_thread() not in counted


def test_images_are_decoded_while_the_network_predicts():
    data = Data(9)

    class Slow(OnGPU):
        def predict(self, imgs):
            if self.images == 0:
                assert data.read.wait(SECONDS)
            return super().predict(imgs)

    original = data.__class__.__getitem__

    class Noted(Data):
        def __getitem__(self, i):
            if i == 2:
                data.read.set()
            return original(self, i)

    assert run(Slow(), Noted(9)) == run(OnCPU(), Data(9))


def test_what_the_caller_has_set_in_chainers_configuration_holds_in_every_thread():
    chainer = pytest.importorskip('chainer')
    found = []

    class Link(OnGPU):
        def predict(self, imgs):
            found.append(getattr(chainer.config, 'cv_resize_backend', None))
            return super().predict(imgs)

    with chainer.using_config('cv_resize_backend', 'cv2'):
        run(Link(), Data(3))
    assert found == ['cv2'] * 3


def test_an_error_comes_in_the_place_of_its_image_and_names_it():
    class Broken(OnGPU):
        def predict(self, imgs):
            if imgs[0].sum() == 33:
                raise ValueError('broken')
            return super().predict(imgs)

    class Numbered(Data):
        def __getitem__(self, i):
            img, label = super().__getitem__(i)
            return np.where(i == 7, np.pad([33.0], (0, 89)).reshape(img.shape), 0).astype(
                'f'
            ), label * 0

    done = []
    with pytest.raises(ValueError, match='broken') as caught:
        evaluate(
            Broken(),
            Numbered(),
            label_names=NAMES,
            on_done=lambda entry: done.append(entry.image),
        )
    assert done == list(range(7))
    assert caught.value.__notes__ == ['image: sample 7']
    assert not [t for t in threading.enumerate() if t.name.startswith('read_ahead')]


def test_the_number_of_images_in_memory_does_not_grow_with_their_number(monkeypatch):
    monkeypatch.setattr('chainercv_seg.evaluations.side_by_side.own_cores', lambda: {0, 1})
    alive, most, lock = set(), [], threading.Lock()

    class Image(np.ndarray):
        def __del__(self):
            with lock:
                alive.discard(id(self))

    class Counted(Data):
        def __getitem__(self, i):
            img, label = super().__getitem__(i)
            img = img.view(Image)
            with lock:
                alive.add(id(img))
                most.append(len(alive))
            return img, label

    for n in (20, 200):
        evaluate(OnGPU(), Counted(n), label_names=NAMES)
        assert max(most) <= 12  # read, being predicted, being counted
    assert not alive


class Rank:
    """A communicator of ranks whose hosts and cores are known."""

    def __init__(self, everyone):
        self.mpi_comm = SimpleNamespace(allgather=lambda own: everyone)


def test_the_cpu_has_two_readers_and_predicts_in_the_callers_thread():
    assert choose_threads(OnCPU()) == Threads(2)
    assert choose_threads(object()) == Threads(2)


@pytest.mark.parametrize('concurrently', [False, True])
def test_a_gpu_has_as_many_readers_as_there_are_cores_to_spare(monkeypatch, concurrently):
    monkeypatch.setattr(
        'chainercv_seg.evaluations.side_by_side.own_cores', lambda: frozenset(range(16))
    )
    threads = choose_threads(OnGPU(concurrently=concurrently))
    assert threads == Threads(15, predictors=1 + concurrently, counters=2)


def test_ranks_of_a_host_share_its_cores(monkeypatch):
    import socket

    cores = frozenset(range(16))
    monkeypatch.setattr('chainercv_seg.evaluations.side_by_side.own_cores', lambda: cores)
    here = socket.gethostname()
    everyone = [(here, cores), (here, cores), ('elsewhere', cores)]
    assert choose_threads(OnGPU(), Rank(everyone)).readers == 7
    assert choose_threads(OnCPU(), Rank(everyone)) == Threads(2)


def test_a_rank_that_is_bound_to_cores_of_its_own_has_them_to_itself():
    ranks = [range(8), range(8, 16)]
    assert spare_cores(range(8), ranks) == 7
    assert spare_cores(range(1), [range(1)] * 4) == 2
    assert own_cores()
