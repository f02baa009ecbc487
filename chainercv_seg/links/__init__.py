"""Networks and their building blocks, on Chainer."""

from chainercv_seg.utils.extras import require_extra

require_extra('chainer', extra='chainer', purpose='chainercv_seg.links')
