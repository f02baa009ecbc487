"""What travels between the host and a device, seen on a device that is really the CPU."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest

from chainercv_seg.inference import CanvasViews, TiledViews, WholeViews, predict
from chainercv_seg.inference.arrays import ChainerArrays
from chainercv_seg.utils.errors import DeviceError

# isort: split
import chainer

IMAGE = np.random.RandomState(0).uniform(0, 255, (3, 50, 70)).astype(np.float32)
MEAN = np.full((3, 1, 1), 100, np.float32)
SCALES = (0.75, 1.0, 1.5)
PLANS = {
    'whole': WholeViews(),
    'canvas': CanvasViews(min_input_size=(60, 60), mean=MEAN, scales=SCALES, flip=True),
    'tiles': TiledViews(input_size=(32, 32), mean=MEAN, scales=SCALES, flip=True, stride_rate=0.7),
}


class Device(chainer.backends._cpu.CpuDevice):
    """Counts what is sent to it, but for a few numbers such as a mean."""

    def __init__(self):
        super().__init__()
        self.sent = []

    def send_array(self, array):
        if array.nbytes > 100:
            self.sent.append((array.dtype, array.shape))
        return super().send_array(array)


def score(x):
    """Three classes, the colours, at a size that is not the input's."""
    small = x[:, :, ::2, ::2]
    return small * np.float32(0.01)


@pytest.fixture
def device(monkeypatch):
    """A device whose arrays are not taken for the host's, and what comes back from it."""
    device = Device()
    device.returned = []

    def to_cpu(array):
        device.returned.append((array.dtype, array.shape))
        return array

    monkeypatch.setitem(predict.__globals__, 'arrays_on', ChainerArrays)
    monkeypatch.setattr(chainer.backends.cuda, 'to_cpu', to_cpu)
    return device


@pytest.mark.parametrize('plan', PLANS)
@pytest.mark.parametrize('batchsize', [1, 4])
def test_an_image_travels_once_and_its_labels_come_back_once(device, plan, batchsize):
    labels = predict(
        [IMAGE, IMAGE], score, plan=PLANS[plan].plan, batchsize=batchsize,
        device=device,
    )  # fmt: skip
    assert device.sent == [(np.float32, IMAGE.shape)] * 2
    assert device.returned == [(np.int32, IMAGE.shape[1:])] * 2
    np.testing.assert_array_equal(labels[0], labels[1])


@pytest.mark.parametrize('plan', PLANS)
def test_the_device_computes_what_the_cpu_does(device, plan, monkeypatch):
    def labels():
        return predict([IMAGE], score, plan=PLANS[plan].plan, batchsize=1, device=device)[0]

    found = labels()
    monkeypatch.undo()
    expected = labels()
    assert len(np.unique(expected)) == 3
    assert np.mean(found != expected) < 1e-3  # which ties fall differently


@pytest.mark.parametrize(
    ('batchsize', 'advice'), [(8, 'batch size of 8: try 4'), (1, 'of 1: try smaller inputs')]
)
def test_too_little_memory_names_a_batch_size_to_try(device, monkeypatch, batchsize, advice):
    class OutOfMemoryError(MemoryError):
        pass

    memory = SimpleNamespace(OutOfMemoryError=OutOfMemoryError)
    monkeypatch.setitem(sys.modules, 'cupy', SimpleNamespace(cuda=SimpleNamespace(memory=memory)))

    def no_memory(x):
        raise OutOfMemoryError

    plan = WholeViews().plan
    with pytest.raises(DeviceError, match=f'memory of the GPU .*{advice}'):
        predict([IMAGE], no_memory, plan=plan, batchsize=batchsize, device=device)


@pytest.mark.parametrize(
    ('batchsize', 'advice'), [(3, 'batch size of 3: try 1'), (1, 'of 1: try smaller inputs$')]
)
def test_so_does_too_little_memory_on_the_cpu(device, batchsize, advice):
    def no_memory(x):
        return np.empty((1 << 60,), np.int8)  # 1 EiB, which NumPy refuses by an error of its own

    plan = WholeViews().plan
    with pytest.raises(DeviceError, match=f'the memory is .*{advice}'):
        predict([IMAGE], no_memory, plan=plan, batchsize=batchsize, device=device)
