"""Networks prepared for inference: each described once as a program, which an engine compiles."""

from chainercv_seg.prepared.network import PreparedNetwork
from chainercv_seg.prepared.optimize import optimize, optimize_if_there

__all__ = ['PreparedNetwork', 'optimize', 'optimize_if_there']
