"""The report of an evaluation as one HTML file."""

from chainercv_seg.evaluations.report.page import write_report

__all__ = ['write_report']
