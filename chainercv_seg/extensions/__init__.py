"""Extensions for Chainer's trainer, and what else a training needs."""

from chainercv_seg import _modern_chainer
from chainercv_seg.utils.extras import require_extra

_modern_chainer.install()  # again, for a Chainer that was installed since the package was imported
require_extra('chainer', extra='chainer', purpose='chainercv_seg.extensions')

# The modules below import Chainer, and its error would not say how to install it.
from chainercv_seg.extensions.batch_statistics import recompute_batch_statistics  # noqa: E402
from chainercv_seg.extensions.class_offsets import fit_class_offsets  # noqa: E402
from chainercv_seg.extensions.exponential_moving_average import (  # noqa: E402
    ExponentialMovingAverage,
)
from chainercv_seg.extensions.load_snapshot import load_snapshot  # noqa: E402
from chainercv_seg.extensions.random_states import RandomStates  # noqa: E402
from chainercv_seg.extensions.schedule import Schedule  # noqa: E402
from chainercv_seg.extensions.semantic_segmentation_evaluator import (  # noqa: E402
    SemanticSegmentationEvaluator,
)
from chainercv_seg.extensions.stop_on_divergence import StopOnDivergence  # noqa: E402

__all__ = [
    'ExponentialMovingAverage',
    'RandomStates',
    'Schedule',
    'SemanticSegmentationEvaluator',
    'StopOnDivergence',
    'fit_class_offsets',
    'load_snapshot',
    'recompute_batch_statistics',
]
