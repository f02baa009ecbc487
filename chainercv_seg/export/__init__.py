"""Networks for other programs: as graphs of ONNX, for PyTorch, with all that belongs to them."""

from chainercv_seg.utils.extras import require_extra

require_extra('chainer', extra='chainer', purpose='chainercv_seg.export')

from chainercv_seg.export.onnx_model import write_onnx  # noqa: E402

__all__ = ['write_onnx']
