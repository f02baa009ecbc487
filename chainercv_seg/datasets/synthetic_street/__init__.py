"""Street scenes drawn in integer arithmetic: the same bytes wherever NumPy runs."""

from chainercv_seg.datasets.synthetic_street.scene import draw_scene

__all__ = ['draw_scene']
