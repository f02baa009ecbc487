"""Measures besides IoU and accuracy: one a file, chosen by name. NumPy only."""

from chainercv_seg.evaluations.measures.known import MEASURES, make_measures
from chainercv_seg.evaluations.measures.measure import Measure, MeasureScores

__all__ = ['MEASURES', 'Measure', 'MeasureScores', 'make_measures']
