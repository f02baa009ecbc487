"""What a data set and a network of semantic segmentation must be like, as assertions for tests."""

from typing import Any

import numpy as np


def assert_is_semantic_segmentation_dataset(
    dataset: Any, n_class: int, n_example: int | None = None
) -> None:
    """Check the samples of a data set.

    A sample starts with an image, ``(3, H, W)`` in [0, 255], and its label map, ``(H, W)`` int32 in
    ``[-1, n_class - 1]``.

    Args:
        dataset: The data set.
        n_class: Number of classes.
        n_example: How many samples to check, drawn at random. None: all.

    Raises:
        AssertionError: The data set is empty, or a sample is otherwise. The message names it.
    """
    _require(len(dataset) > 0, 'the data set is empty')
    indices = np.arange(len(dataset))
    if n_example is not None:
        indices = np.random.randint(0, len(dataset), n_example)
    for i in indices.tolist():
        sample = dataset[i]
        _require(
            isinstance(sample, tuple | list) and len(sample) >= 2,
            f'sample {i} is not a tuple of an image and a label map',
        )
        img, label = sample[:2]
        _check_array(img, f'the image of sample {i}', low=0, high=255)
        _require(img.ndim == 3 and len(img) == 3, f'the image of sample {i} has shape {img.shape}')
        _check_array(label, f'the label map of sample {i}', low=-1, high=n_class - 1)
        _require(label.dtype == np.int32, f'the label map of sample {i} is {label.dtype}')
        _require(
            label.shape == img.shape[1:],
            f'sample {i} has an image {img.shape} and a label map {label.shape}',
        )


def assert_is_semantic_segmentation_link(
    link: Any, n_class: int, *, sizes: tuple[tuple[int, int], ...] = ((480, 640), (480, 320))
) -> None:
    """Check that a network predicts label maps.

    Args:
        link: Its ``predict`` takes a list of images and returns their label maps, ``(H, W)`` int32 NumPy
            arrays in ``[0, n_class - 1]``.
        n_class: Number of classes.
        sizes: ``(height, width)`` of the random images that it is given.

    Raises:
        AssertionError: What it returns is otherwise.
    """
    imgs = [np.random.randint(0, 256, (3, *size)).astype(np.float32) for size in sizes]
    labels = link.predict(imgs)
    _require(len(labels) == len(imgs), f'{len(labels)} label maps of {len(imgs)} images')
    for i, (img, label) in enumerate(zip(imgs, labels, strict=True)):
        _check_array(label, f'label map {i}', low=0, high=n_class - 1)
        _require(label.dtype == np.int32, f'label map {i} is {label.dtype}, not int32')
        _require(
            label.shape == img.shape[1:],
            f'label map {i} has the shape {label.shape}, its image {img.shape}',
        )


def _check_array(array: Any, what: str, *, low: int, high: int) -> None:
    _require(isinstance(array, np.ndarray), f'{what} is a {type(array).__name__}, not an array')
    _require(array.size > 0, f'{what} is empty')
    _require(
        bool(array.min() >= low and array.max() <= high),
        f'{what} runs from {array.min()} to {array.max()}, not within [{low}, {high}]',
    )


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise AssertionError(message)
