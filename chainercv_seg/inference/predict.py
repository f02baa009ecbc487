"""Label maps of images, by plans and a score function."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any, Protocol

import chainer
import numpy as np

from chainercv_seg.engines.cpu.forks import unforked
from chainercv_seg.inference.arrays import Arrays, arrays_on
from chainercv_seg.inference.batches import ScoreFunction, scores_in_order
from chainercv_seg.inference.images import checked_images
from chainercv_seg.utils.devices import device_memory_errors
from chainercv_seg.utils.errors import DeviceError


class Plan(Protocol):
    """How one image becomes network inputs, and their scores its label map."""

    def inputs(self) -> Iterator[Any]:
        """Make the network inputs, ``(3, h, w)`` arrays on the device; at least one."""

    def label(self, scores: Iterator[Any]) -> Any:
        """Make the label map, ``(H, W)`` int32, or what `Arrays.fetch` makes it of.

        Args:
            scores: The scores ``(n_class, h', w')`` of the inputs, in their order. As many are
                taken as :meth:`inputs` makes inputs.
        """


def predict(
    images: Iterable[np.ndarray],
    score: ScoreFunction,
    *,
    plan: Callable[[np.ndarray, Arrays], Plan],
    batchsize: int,
    device: Any,
    arrays: Arrays | None = None,
) -> list[np.ndarray]:
    """Predict the label maps of images.

    The inputs of one image and of several share batches where their shapes agree. The images are
    read as they are needed: no more than ``batchsize`` + 1 are held at a time, with the score map
    of one.

    Args:
        images: Arrays ``(3, H, W)``, RGB in [0, 255], of any sizes; float32, other real types are
            converted.
        score: The score function. It runs with Chainer's ``train`` and ``enable_backprop`` off.
        plan: Makes the plan of an image, ``(3, H, W)`` float32, over operations on arrays.
        batchsize: The most network inputs that are scored at once.
        device: Chainer's device, on which the score function works.
        arrays: Operations on arrays there; None chooses them by the device.

    Returns:
        ``(H, W)`` int32 NumPy arrays, one an image.

    Raises:
        ValueError: An image cannot be used (:func:`checked_images`). The message names its
            position.
        DeviceError: The memory, of the GPU or the CPU, is not enough. The message names a batch size to try.
    """
    operations = arrays or arrays_on(device)

    def unforked_score(x: Any) -> Any:
        with unforked():
            return score(x)

    plans = (plan(image, operations) for image in checked_images(images))
    with (
        chainer.using_config('train', False),
        chainer.no_backprop_mode(),
        chainer.using_device(device),
    ):
        in_one = operations if operations.in_one and batchsize == 1 else None
        made = (
            _in_batches(plans, unforked_score, batchsize, device.xp)
            if in_one is None
            else _one_by_one(plans, unforked_score, in_one)
        )
        labels, coming = [], deque[Any]()
        try:
            for label in made:
                coming.append(label)
                if len(coming) > 1:  # a device computes while the one before is fetched
                    labels.append(operations.fetch(coming.popleft()))
            labels += map(operations.fetch, coming)
        except MemoryError as error:
            on_gpu = isinstance(error, device_memory_errors())
            smaller = 'try smaller inputs' + (', or the CPU' if on_gpu else '')
            raise DeviceError(
                f'the memory{" of the GPU" if on_gpu else ""} is not enough for a batch size of '
                f'{batchsize}: ' + (f'try {batchsize // 2}' if batchsize > 1 else smaller)
            ) from error
        return labels


def _in_batches(
    plans: Iterator[Plan], score: ScoreFunction, batchsize: int, xp: Any
) -> Iterator[Any]:
    """Make label maps, network inputs of several images in a batch."""
    begun: deque[Plan] = deque()

    def inputs() -> Iterator[tuple[int, Any]]:
        for number, plan in enumerate(plans):
            begun.append(plan)
            for x in plan.inputs():
                yield number, x

    scores = scores_in_order(inputs(), score, batchsize=batchsize, xp=xp)
    for first in scores:
        rest = chain([first], scores)
        del first  # a view that would keep its whole batch while other batches are scored
        yield begun.popleft().label(rest)


def _one_by_one(plans: Iterator[Plan], score: ScoreFunction, arrays: Arrays) -> Iterator[Any]:
    """Make label maps, in one where an image is one network input."""
    for plan in plans:
        tail = plan.tail() if hasattr(plan, 'tail') else None
        inputs, label = plan.inputs(), None
        if tail is not None:
            x = next(inputs)
            label = arrays.label_input(x, tail)
            inputs = chain([x], inputs)
        if label is None:
            numbered = ((0, x) for x in inputs)
            label = plan.label(scores_in_order(numbered, score, batchsize=1, xp=arrays.xp))
        yield label
