"""How training samples are varied: crops at several scales, flips, brightness and colour."""

import random
from dataclasses import dataclass

import numpy as np
from PIL import Image

from chainercv_seg.datasets.sample_size import check_sample_size
from chainercv_seg.transforms import flip, random_crop, random_flip, resize


@dataclass(frozen=True)
class Augmentation:
    """Turns a sample into another one of a fixed size. It draws from Python's ``random``.

    Attributes:
        crop_size: ``(height, width)`` of the result.
        scales: Limits of the factor by which images are enlarged before they are cropped. It is
            larger where the image would be too small for the crop.
        jitter: By how much brightness and contrast change: 0.2 is up to 20 %. The colours change by
            half of that.
    """

    crop_size: tuple[int, int]
    scales: tuple[float, float] = (1.0, 1.0)
    jitter: float = 0.0

    def __call__(self, sample: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Vary a sample.

        Args:
            sample: ``(3, H, W)`` float32 RGB in [0, 255], and ``(H, W)`` int32.

        Returns:
            The same of the size ``crop_size``.

        Raises:
            DatasetError: Image and label map differ in size.
        """
        img, label = sample
        check_sample_size(img, label)
        H, W = label.shape
        height, width = self.crop_size
        scale = max(random.uniform(*self.scales), height / H, width / W)
        # First the crop, then the scale: less to resize.
        part = min(H, round(height / scale)), min(W, round(width / scale))
        img, cut = random_crop(img, part, return_param=True)
        label = label[cut['y_slice'], cut['x_slice']]
        img = resize(img, self.crop_size)
        label = resize(label[None], self.crop_size, Image.Resampling.NEAREST)
        img, flipped = random_flip(img, x_random=True, return_param=True)
        label = flip(label, x_flip=flipped['x_flip'])[0]
        return self._jitter(img), np.ascontiguousarray(label)

    def _jitter(self, img: np.ndarray) -> np.ndarray:
        jitter = self.jitter
        contrast, brightness = (random.uniform(1 - jitter, 1 + jitter) for _ in range(2))
        colors = [random.uniform(1 - jitter / 2, 1 + jitter / 2) for _ in range(3)]
        mean = img.mean()
        gain = np.array(colors, dtype=np.float32)[:, None, None] * np.float32(brightness)
        img = ((img - mean) * np.float32(contrast) + mean) * gain
        return np.clip(img, 0, 255, dtype=np.float32)
