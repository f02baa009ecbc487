"""Synthetic street scenes: CamVid's classes without CamVid's files."""

from collections.abc import Sequence

import numpy as np

from chainercv_seg.datasets.getter_dataset import GetterDataset
from chainercv_seg.datasets.synthetic_street import draw_scene
from chainercv_seg.utils.arguments import positive_int, size_pair

#: For each split the first number of its seeds, and its usual length: those of CamVid.
_SPLITS = {'train': (0, 367), 'val': (1, 101), 'test': (2, 233)}


class SyntheticStreetDataset(GetterDataset):
    """Semantic segmentation of street scenes that are drawn, not photographed.

    For trying things out, for tests and for a first training where there are no data: scores on it
    say nothing about streets, only about the program that reached them.

    Features: 367 / 101 / 233 scenes (train / val / test) unless told otherwise, of any size. A scene
    depends on the split, its number and the size alone; it is the same to the byte on every platform,
    and at all sizes of one shape it is the same view. The splits share no scene.

    Format: nothing is read, each scene is drawn when it is asked for, which takes about as long as
    decoding an image. Roads and pavements in perspective, houses, trees, poles, signs, fences, cars,
    pedestrians and bicyclists, in weather and light of all kinds; every class in many colours.

    Classes: CamVid's, ``camvid_label_names``. Pixels where two objects meet are void.

    ========= ============= ======= ===============
    name      shape         dtype   format
    ========= ============= ======= ===============
    ``img``   ``(3, H, W)`` float32 RGB, [0, 255]
    ``label`` ``(H, W)``    int32   [-1, 10]
    ========= ============= ======= ===============

    Args:
        split: ``'train'``, ``'val'`` or ``'test'``.
        size: ``(height, width)`` of the images, or one number for both. CamVid's by default.
        length: Number of scenes. Longer sets begin with the scenes of shorter ones.

    Raises:
        ValueError: There is no such split, or a size or the length is not positive.
    """

    def __init__(
        self,
        split: str = 'train',
        *,
        size: int | Sequence[int] = (360, 480),
        length: int | None = None,
    ) -> None:
        super().__init__()
        if split not in _SPLITS:
            raise ValueError(f'split must be one of {tuple(_SPLITS)}, not {split!r}')
        self.split = split
        self.size = size_pair(size, name='size')
        self._seed, usual = _SPLITS[split]
        self._length = usual if length is None else positive_int(length, name='length')
        self.add_getter(('img', 'label'), self._get_scene)

    def __len__(self) -> int:
        return self._length

    def sample_name(self, index: int) -> str:
        """Split and number of the scene."""
        return f'synthetic_{self.split}_{index:04d}'

    def _get_scene(self, i: int) -> tuple[np.ndarray, np.ndarray]:
        img, label = draw_scene((self._seed, i), self.size)
        return img.astype(np.float32), label
