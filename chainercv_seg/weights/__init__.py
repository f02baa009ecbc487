"""Pretrained weights and weight files."""

from chainercv_seg.weights.load import load_weights
from chainercv_seg.weights.pretrained_weights import PretrainedWeights, Score
from chainercv_seg.weights.records import get_weights, list_weights
from chainercv_seg.weights.resolve import resolve_pretrained
from chainercv_seg.weights.save import save_weights

__all__ = [
    'PretrainedWeights',
    'Score',
    'get_weights',
    'list_weights',
    'load_weights',
    'resolve_pretrained',
    'save_weights',
]
