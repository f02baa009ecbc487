"""Extensions for Chainer's trainer."""

from chainercv_seg import _modern_chainer
from chainercv_seg.utils.extras import require_extra

_modern_chainer.install()  # again, for a Chainer that was installed since the package was imported
require_extra('chainer', extra='chainer', purpose='chainercv_seg.extensions')

# The module below imports Chainer, and its error would not say how to install it.
from chainercv_seg.extensions.semantic_segmentation_evaluator import (  # noqa: E402
    SemanticSegmentationEvaluator,
)

__all__ = ['SemanticSegmentationEvaluator']
