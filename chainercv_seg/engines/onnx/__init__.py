"""The engine of ONNX: it writes a program down as a graph, for others to compute."""

from chainercv_seg.utils.extras import require_extra

require_extra('onnx', extra='export', purpose='ONNX')

from chainercv_seg.engines.onnx.graph import OPSET, Graph  # noqa: E402
from chainercv_seg.engines.onnx.operations import UNPOOLINGS, write_program  # noqa: E402
from chainercv_seg.engines.onnx.writing import check_file  # noqa: E402

__all__ = ['OPSET', 'UNPOOLINGS', 'Graph', 'check_file', 'write_program']
