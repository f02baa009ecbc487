"""SegNet's gradients against double precision.

Which of two numbers under a pooling window is larger, and whether a number is positive, is decided by
rounding where they are nearly equal. Three such choices in 3 million move the gradients of a whole network
by a hundredth of their maximum, in any implementation, so the network that ours is compared with makes the
choices that ours made.
"""

import chainer
import chainer.functions as F
import chainer.links as L
import numpy as np
import pytest

from chainercv_seg.engines.cpu.compiled import COMPILED
from chainercv_seg.links import SegNetBasic
from chainercv_seg.links.batch_normalization import BatchNormalization

LAYERS = (1, 2, 3, 4)


class Double(chainer.Chain):
    """SegNet of Chainer's functions in double precision.

    ``choices`` holds, for each encoding layer, which of four numbers was pooled (int8) and whether it was
    positive, both ``(N, C, H, W)``.
    """

    def __init__(self, weights, choices):
        super().__init__()
        self.choices = choices
        self.other_choices = 0
        with self.init_scope(), chainer.using_config('dtype', np.float64):
            for name in [f'conv{i}' for i in LAYERS] + [f'conv_decode{i}' for i in LAYERS]:
                setattr(self, name, L.Convolution2D(None, 64, 7, pad=3, nobias=True))
                setattr(self, f'{name}_bn', L.BatchNormalization(64))
            self.conv_classifier = L.Convolution2D(None, 11, 1)
        for name, parameter in self.namedparams():
            parameter.array = weights[name].astype(np.float64)

    def forward(self, x):
        h = F.local_response_normalization(x, n=5, k=1, alpha=1e-4 / 5, beta=0.75)
        for i, (codes, positive) in zip(LAYERS, self.choices, strict=True):
            h = self[f'conv{i}_bn'](self[f'conv{i}'](h))
            pooled, own = F.max_pooling_2d(F.relu(h), 2, 2, return_indices=True)
            self.other_choices += np.sum((own != codes) | ((pooled.array > 0) != positive))
            taken = [(codes == code) * positive for code in range(4)]
            h = sum(h[:, :, c // 2 :: 2, c % 2 :: 2] * taken[c].astype('d') for c in range(4))
        for i in reversed(LAYERS):
            codes, _ = self.choices[i - 1]
            n, channels, height, width = h.shape
            parts = [h * (codes == code).astype('d') for code in range(4)]
            windows = F.reshape(F.stack(parts, axis=-1), (n, channels, height, width, 2, 2))
            h = F.transpose(windows, (0, 1, 2, 4, 3, 5))
            h = F.reshape(h, (n, channels, 2 * height, 2 * width))
            h = self[f'conv_decode{i}_bn'](self[f'conv_decode{i}'](h))
        return self.conv_classifier(h)


@pytest.mark.skipif(not COMPILED, reason='numba is not installed')
@pytest.mark.parametrize(
    ('batchsize', 'size'), [(2, (48, 64)), pytest.param(4, (192, 256), marks=pytest.mark.slow)]
)
def test_gradients_of_the_whole_network_are_exact_but_for_rounding(batchsize, size, monkeypatch):
    choices = []
    train_fast = BatchNormalization.train_fast

    def remember(self, x, **options):
        y, codes = train_fast(self, x, **options)
        if codes is not None:
            choices.append((np.moveaxis(codes, -1, 1).copy(), y.array > 0))
        return y, codes

    monkeypatch.setattr(BatchNormalization, 'train_fast', remember)
    rng = np.random.RandomState(0)
    images = rng.uniform(0, 255, (batchsize, 3, *size)).astype(np.float32)
    labels = rng.randint(-1, 11, (batchsize, *size)).astype(np.int32)
    np.random.seed(0)
    ours = SegNetBasic(n_class=11)
    weights = {name: parameter.array.copy() for name, parameter in ours.namedparams()}
    with chainer.using_config('train', True):
        ours.cleargrads()
        F.softmax_cross_entropy(ours(images), labels, ignore_label=-1).backward()
        double = Double(weights, choices)
        double.cleargrads()
        F.softmax_cross_entropy(double(images.astype('d')), labels, ignore_label=-1).backward()
    assert double.other_choices < 1e-5 * sum(codes.size for codes, _ in choices)
    found = {name: parameter.grad for name, parameter in ours.namedparams()}
    for name, parameter in double.namedparams():
        if name.endswith('/W'):
            error = np.abs(found[name] - parameter.grad).max() / np.abs(parameter.grad).max()
            assert error < 1e-5, (name, error)
