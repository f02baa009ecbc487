"""Reports of evaluations and of comparisons, one HTML file each."""

from chainercv_seg.evaluations.report.comparison_page import write_comparison_page
from chainercv_seg.evaluations.report.page import write_report

__all__ = ['write_comparison_page', 'write_report']
