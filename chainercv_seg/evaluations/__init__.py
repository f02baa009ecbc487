"""Confusion matrix, metrics and the evaluation loop. NumPy only."""

from chainercv_seg.evaluations.confusion_matrix import ConfusionMatrix
from chainercv_seg.evaluations.eval_semantic_segmentation import (
    calc_semantic_segmentation_confusion,
    calc_semantic_segmentation_iou,
    eval_semantic_segmentation,
)
from chainercv_seg.evaluations.evaluate import evaluate
from chainercv_seg.evaluations.evaluation_result import EvaluationResult

__all__ = [
    'ConfusionMatrix',
    'EvaluationResult',
    'calc_semantic_segmentation_confusion',
    'calc_semantic_segmentation_iou',
    'eval_semantic_segmentation',
    'evaluate',
]
