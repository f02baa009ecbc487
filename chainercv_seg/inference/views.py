"""How networks look at an image: settings, and the plan that they make for one."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chainercv_seg.inference.arrays import Arrays
from chainercv_seg.inference.canvas import CanvasPlan
from chainercv_seg.inference.scales import checked_scales, view_settings
from chainercv_seg.inference.tiled import TiledPlan
from chainercv_seg.inference.whole import WholePlan
from chainercv_seg.transforms import resize_backend
from chainercv_seg.utils.arguments import size_pair


@dataclass(frozen=True, eq=False)
class WholeViews:
    """The image as it is: see `WholePlan`."""

    @property
    def protocol(self) -> dict[str, str]:
        """What a score depends on."""
        return {'input': 'whole image', 'resize': resize_backend()}

    def plan(self, image: np.ndarray, arrays: Arrays) -> WholePlan:
        """Plan an image ``(3, H, W)`` float32."""
        return WholePlan(image, arrays)


@dataclass(frozen=True, eq=False)
class TiledViews:
    """Tiles at several scales: see `TiledPlan`, whose arguments these are."""

    input_size: tuple[int, int]
    mean: np.ndarray | None
    scales: Sequence[float] | None
    flip: bool
    stride_rate: float

    def __post_init__(self) -> None:
        """Check what was set."""
        vars(self)['input_size'] = size_pair(self.input_size, name='input_size')
        checked_scales(self.scales)

    @property
    def protocol(self) -> dict[str, str]:
        """What a score depends on."""
        height, width = self.input_size
        return {
            'input': f'tiles of {height}x{width} at {self.stride_rate:.3g} of that',
            **view_settings(self.scales, self.flip),
            'resize': resize_backend(),
        }

    def plan(self, image: np.ndarray, arrays: Arrays) -> TiledPlan:
        """Plan an image ``(3, H, W)`` float32."""
        return TiledPlan(image, arrays, **vars(self))


@dataclass(frozen=True, eq=False)
class CanvasViews:
    """A canvas at several scales: see `CanvasPlan`, whose arguments these are."""

    min_input_size: tuple[int, int]
    mean: np.ndarray
    scales: Sequence[float] | None
    flip: bool

    def __post_init__(self) -> None:
        """Check what was set."""
        vars(self)['min_input_size'] = size_pair(self.min_input_size, name='min_input_size')
        checked_scales(self.scales)

    @property
    def protocol(self) -> dict[str, str]:
        """What a score depends on."""
        height, width = self.min_input_size
        return {
            'input': f'whole image on at least {height}x{width}',
            **view_settings(self.scales, self.flip),
            'resize': resize_backend(),
        }

    def plan(self, image: np.ndarray, arrays: Arrays) -> CanvasPlan:
        """Plan an image ``(3, H, W)`` float32."""
        return CanvasPlan(image, arrays, **vars(self))
