"""How training samples of PSPNet are varied: flip, scale, rotation, blur, and a crop."""

import random
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter

from chainercv_seg.datasets.sample_size import check_sample_size

#: Label of the pixels beyond an image.
VOID = -1


@dataclass(frozen=True)
class Variation:
    """Turns a sample into a network input. It draws from Python's ``random``.

    Beyond the image lie the mean colour, which the network sees as 0, and void.

    Attributes:
        crop_size: ``(height, width)`` of the result.
        mean: What is subtracted: ``(3, 1, 1)`` float32, RGB.
        scales: Limits of the factor by which an image is enlarged.
        angle: It is turned by up to so many degrees, either way.
        radius: It is blurred in one of two cases, with a standard deviation of up to so many pixels.
    """

    crop_size: tuple[int, int]
    mean: np.ndarray
    scales: tuple[float, float] = (0.5, 2.0)
    angle: float = 10.0
    radius: float = 1.0

    def __call__(self, sample: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Vary a sample.

        Args:
            sample: ``(3, H, W)`` float32 RGB in [0, 255], and ``(H, W)`` int32.

        Returns:
            The same of the size ``crop_size``, the image less the mean.

        Raises:
            DatasetError: Image and label map differ in size.
        """
        pixels, values = sample
        check_sample_size(pixels, values)
        color = tuple(round(float(c)) for c in self.mean.ravel())
        img = Image.fromarray(pixels.astype(np.uint8).transpose(1, 2, 0))
        label = Image.fromarray(values.astype(np.int32))  # mode I
        if random.random() < 0.5:
            flip = Image.Transpose.FLIP_LEFT_RIGHT
            img, label = img.transpose(flip), label.transpose(flip)
        scale = random.uniform(*self.scales)
        size = max(1, round(scale * img.width)), max(1, round(scale * img.height))
        img = img.resize(size, Image.Resampling.BILINEAR)
        label = label.resize(size, Image.Resampling.NEAREST)
        angle = random.uniform(-self.angle, self.angle)
        img = img.rotate(angle, Image.Resampling.BILINEAR, fillcolor=color)
        label = label.rotate(angle, Image.Resampling.NEAREST, fillcolor=VOID)
        if random.random() < 0.5:
            img = img.filter(ImageFilter.GaussianBlur(random.uniform(0, self.radius)))
        box = self._box(*size)
        img = _crop(img, box, color)
        label = _crop(label, box, VOID)
        x = np.asarray(img, np.float32).transpose(2, 0, 1) - self.mean
        return x, np.array(label, np.int32)

    def _box(self, width: int, height: int) -> tuple[int, int, int, int]:
        """Draw where the crop lies: left, upper, right, lower."""
        rows, columns = self.crop_size
        left = random.randint(min(0, width - columns), max(0, width - columns))
        upper = random.randint(min(0, height - rows), max(0, height - rows))
        return left, upper, left + columns, upper + rows


def _crop(
    img: Image.Image, box: tuple[int, int, int, int], fill: float | tuple[int, ...]
) -> Image.Image:
    """Cut a box out of an image, which may reach beyond it."""
    crop = Image.new(img.mode, (box[2] - box[0], box[3] - box[1]), fill)
    crop.paste(img, (-box[0], -box[1]))
    return crop
