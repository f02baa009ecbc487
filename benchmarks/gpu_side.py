"""One side of the comparison on a GPU, in a process of its own.

``python gpu_side.py SIDE MODEL WEIGHTS HEIGHT WIDTH GPU CROPS HEIGHT WIDTH`` answers each line of standard
input, a request in JSON, with a line of JSON. What fails is an answer too. See `gpu.py`.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import numpy as np


class Variant(Protocol):
    """A network that predicts.

    Called with images ``(N, 3, H, W)`` float32 in this computer's memory, it returns label maps there.
    """

    def __call__(self, images: np.ndarray) -> Any:
        """Predict."""


class Side:
    """What the sides have in common.

    Args:
        model: Key of `contenders.MODELS`.
        weights: A weight file.
        size: Height and width of images.
        gpu: Number of the GPU, -1 for the CPU.
        crops: Number, height and width of the crops of an iteration of training.
    """

    def __init__(
        self,
        model: str,
        weights: Path,
        size: tuple[int, int],
        gpu: int,
        crops: tuple[int, int, int],
    ) -> None:
        self.model, self.weights, self.size, self.gpu, self.crops = model, weights, size, gpu, crops
        self.built: dict[str, Variant] = {}
        self.warm: set[tuple[str, int]] = set()

    def variants(self) -> dict[str, list[str]]:
        """Names by what is asked of them: ``predict``, ``slow`` (to build), ``train``."""
        raise NotImplementedError

    def make(self, variant: str) -> Variant:
        """Build one."""
        raise NotImplementedError

    def make_training(self, variant: str) -> Any:
        """Build a function that does an iteration of training, waits for it and returns the loss."""
        raise NotImplementedError

    def memory(self) -> tuple[int, int]:
        """Bytes of the device that are taken, and that the allocator has at most taken since `forget`."""
        return 0, 0

    def forget(self) -> None:
        """Give back memory that is cached, and start to count anew."""

    def images(self, batch: int) -> np.ndarray:
        """Random images, whole numbers as those of files."""
        return np.random.RandomState(0).randint(0, 256, (batch, 3, *self.size)).astype(np.float32)

    # Requests.

    def build(self, variant: str, labels: str) -> dict[str, Any]:
        """Build a variant and predict three times, with the seconds and the memory that this takes."""
        gc.collect()
        self.forget()
        before = self.memory()[0]
        images = self.images(1)
        start = time.perf_counter()
        predict = self.make(variant)
        first = predict(images)
        seconds = time.perf_counter() - start
        for _ in range(2):
            predict(images)
        self.built[variant] = predict
        np.save(labels, np.asarray(first[0]))
        device, allocator = self.memory()
        return {'seconds': seconds, 'device': device - before, 'allocator': allocator}

    def predict(self, variant: str, batch: int, repeats: int) -> dict[str, Any]:
        """Time predictions, each from the host's images to the host's labels."""
        images, predict = self.images(batch), self.built[variant]
        # The first ones of a shape choose and capture.
        for _ in range(1 if (variant, batch) in self.warm else 3):
            predict(images)
        self.warm.add((variant, batch))
        milliseconds = []
        for _ in range(repeats):
            start = time.perf_counter()
            predict(images)
            milliseconds.append(1e3 * (time.perf_counter() - start))
        return {'ms': milliseconds}

    def train(self, variant: str, repeats: int) -> dict[str, Any]:
        """Time iterations of training."""
        gc.collect()
        self.forget()
        iterate = self.make_training(variant)
        losses = [iterate() for _ in range(3)]
        milliseconds = []
        for _ in range(repeats):
            start = time.perf_counter()
            iterate()
            milliseconds.append(1e3 * (time.perf_counter() - start))
        answer = {'ms': milliseconds, 'loss': losses[0], 'allocator': self.memory()[1]}
        del iterate
        gc.collect()
        self.forget()
        return answer


def main() -> None:
    name, model, weights, height, width, gpu, *crops = sys.argv[1:]
    answers = sys.stdout
    sys.stdout = sys.stderr  # whatever a library prints is no answer
    side: Side | None = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if side is None:
                module = import_module(f'gpu_{name}')
                shape = int(crops[0]), int(crops[1]), int(crops[2])
                side = module.make_side(
                    model, Path(weights), (int(height), int(width)), int(gpu), shape
                )
            answer = getattr(side, request.pop('do'))(**request)
        except Exception as error:
            text = str(error).strip().partition('\n')[0]
            answer = {'error': f'{type(error).__name__}: {text[:300]}'}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == '__main__':
    main()
