"""Our networks on a GPU: plain, and optimized in each precision."""

import sys
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from contenders import build_link
from gpu_side import Side, Variant

from chainercv_seg.inference import optimize
from chainercv_seg.links import PixelwiseSoftmaxClassifier
from chainercv_seg.prepared.engines import engine_on
from chainercv_seg.utils.devices import to_device
from chainercv_seg.utils.errors import DeviceError

# isort: split
import chainer


class Ours(Side):
    """Ours."""

    def variants(self) -> dict[str, list[str]]:
        """Plain, and the precisions that the engine knows."""
        device = chainer.get_device(self.gpu if self.gpu >= 0 else '@numpy')
        try:
            precisions = list(engine_on(device).tolerance)
        except DeviceError as error:
            print(error, file=sys.stderr)
            precisions = []
        training = [name for name in ('float32', 'tf32') if name in precisions] or ['float32']
        return {
            'predict': ['plain', *(f'optimized {name}' for name in precisions)],
            'slow': [],
            'train': [f'plain {name}' for name in training],
        }

    def link(self) -> Any:
        """Our network, on the device."""
        link = build_link(self.model, self.size, self.weights)
        link.stays_plain = True
        to_device(link, self.gpu)
        return link

    def make(self, variant: str) -> Variant:
        """Build a network."""
        link = self.link()
        if variant != 'plain':
            link = optimize(link, precision=variant.split()[1])
        return partial(_predict, link)

    def make_training(self, variant: str) -> Any:
        """Build an iteration of momentum SGD with cross entropy."""
        config = chainer.global_config
        config.autotune, config.convolution_precision = True, variant.split()[1]
        link = self.link()
        classifier = PixelwiseSoftmaxClassifier(link)
        classifier.to_device(link.device)
        optimizer = chainer.optimizers.MomentumSGD(lr=1e-4).setup(classifier)
        n, height, width = self.crops
        rng = np.random.RandomState(0)
        images = rng.randint(0, 256, (n, 3, height, width)).astype(np.float32)
        x = link.device.send(self._inputs(images))
        with chainer.using_config('train', False), chainer.no_backprop_mode():
            shape = link(x).shape
        label = rng.randint(0, 11, (n, *shape[2:])).astype(np.int32)
        label = link.device.send(label)

        def iterate() -> float:
            with chainer.using_device(link.device), chainer.using_config('train', True):
                classifier.cleargrads()
                loss = classifier(x, label)
                loss.backward()
                optimizer.update()
                return float(chainer.backends.cuda.to_cpu(loss.array))  # waits

        return iterate

    def _inputs(self, images: np.ndarray) -> np.ndarray:
        """What the network is trained on."""
        if self.model == 'pspnet':
            return images - np.array((123.68, 116.779, 103.939), 'f')[:, None, None]
        return images / np.float32(127.5) - 1 if self.model == 'deeplab' else images

    def memory(self) -> tuple[int, int]:
        """Bytes of the device, and of CuPy's pool, which only grows until it is emptied."""
        if self.gpu < 0:
            return 0, 0
        import cupy

        free, total = cupy.cuda.runtime.memGetInfo()
        return total - free, cupy.get_default_memory_pool().total_bytes() - self._kept

    _kept = 0

    def forget(self) -> None:
        """Empty CuPy's pool of what nobody holds."""
        if self.gpu >= 0:
            import cupy

            pool = cupy.get_default_memory_pool()
            pool.free_all_blocks()
            self._kept = pool.total_bytes()


def _predict(link: Any, images: np.ndarray) -> Any:
    link.batchsize = len(images)
    return link.predict(images)


def make_side(
    model: str, weights: Path, size: tuple[int, int], gpu: int, crops: tuple[int, int, int]
) -> Side:
    return Ours(model, weights, size, gpu, crops)
