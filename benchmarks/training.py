"""Times an iteration of training SegNet beside Chainer and PyTorch: python benchmarks/training.py.

Ours, the same network of Chainer's own links, and the same in PyTorch (where it is installed) take turns:
forward, cross entropy, backward and an update by momentum SGD on one batch, from the same weights.
Prints seconds, ratios, and by how much the gradients of the first iteration differ from those that
Chainer computes in double precision.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np
import threadpoolctl

from chainercv_seg.links import SegNetBasic

# isort: split
import chainer
import chainer.functions as F
import chainer.links as L

Gradients = dict[str, np.ndarray]
#: Does one iteration and returns the gradients of the kernels.
Iteration = Callable[[], Gradients]
LAYERS = (1, 2, 3, 4)
ENCODERS = [f'conv{i}' for i in LAYERS]
DECODERS = [f'conv_decode{i}' for i in reversed(LAYERS)]


class ChainerSegNet(chainer.Chain):
    """SegNet of Chainer's links and functions alone; children are named as ours are."""

    def __init__(self, n_class: int) -> None:
        super().__init__()
        with self.init_scope():
            for name in (*ENCODERS, *DECODERS):
                channels = 3 if name == 'conv1' else 64
                setattr(self, name, L.Convolution2D(channels, 64, 7, pad=3, nobias=True))
                setattr(self, f'{name}_bn', L.BatchNormalization(64))
            self.conv_classifier = L.Convolution2D(64, n_class, 1)

    def forward(self, x: Any) -> chainer.Variable:
        """Compute the scores of ``(N, 3, H, W)`` images, H and W multiples of 16."""
        h = F.local_response_normalization(x, n=5, k=1, alpha=1e-4 / 5, beta=0.75)
        places = []
        for name in ENCODERS:
            h = F.relu(self[f'{name}_bn'](self[name](h)))
            h, indices = F.max_pooling_2d(h, 2, 2, return_indices=True)
            places.append(indices)
        for name in DECODERS:
            size = tuple(2 * n for n in h.shape[2:])
            h = F.upsampling_2d(h, places.pop(), ksize=2, stride=2, outsize=size)
            h = self[f'{name}_bn'](self[name](h))
        return self.conv_classifier(h)


def chainer_iteration(link: chainer.Chain, images: np.ndarray, labels: np.ndarray) -> Iteration:
    """Train a link of Chainer, ours or its own."""
    optimizer = chainer.optimizers.MomentumSGD(lr=0.1, momentum=0.9).setup(link)

    def iterate() -> Gradients:
        link.cleargrads()
        F.softmax_cross_entropy(link(images), labels, ignore_label=-1).backward()
        gradients = {name: p.grad.copy() for name, p in link.namedparams() if name.endswith('/W')}
        optimizer.update()
        return gradients

    return iterate


def torch_iteration(weights: Gradients, images: np.ndarray, labels: np.ndarray) -> Iteration:
    """Train the network in PyTorch."""
    import torch
    from torch.nn.functional import (
        batch_norm,
        conv2d,
        cross_entropy,
        local_response_norm,
        max_pool2d,
        max_unpool2d,
        relu,
    )

    names = [name.strip('/') for name in weights]
    net = {
        name: torch.nn.Parameter(torch.from_numpy(array.copy()))
        for name, array in zip(names, weights.values(), strict=True)
    }
    running = {name: (torch.zeros(64), torch.ones(64)) for name in (*ENCODERS, *DECODERS)}
    optimizer = torch.optim.SGD(net.values(), lr=0.1, momentum=0.9)
    x, t = torch.from_numpy(images), torch.from_numpy(labels.astype(np.int64))

    def unit(h: Any, name: str) -> Any:
        h = conv2d(h, net[f'{name}/W'], padding=3)
        affine = net[f'{name}_bn/gamma'], net[f'{name}_bn/beta']
        return batch_norm(h, *running[name], *affine, training=True, eps=2e-5)

    def iterate() -> Gradients:
        optimizer.zero_grad()
        h = local_response_norm(x, 5, alpha=1e-4, beta=0.75, k=1)
        places = []
        for name in ENCODERS:
            h, indices = max_pool2d(relu(unit(h, name)), 2, 2, return_indices=True)
            places.append(indices)
        for name in DECODERS:
            h = unit(max_unpool2d(h, places.pop(), 2), name)
        h = conv2d(h, net['conv_classifier/W'], net['conv_classifier/b'])
        cross_entropy(h, t, ignore_index=-1).backward()
        gradients = {
            f'/{n}': p.grad.numpy().copy()
            for n, p in net.items()
            if p.grad is not None and n.endswith('/W')
        }
        optimizer.step()
        return gradients

    return iterate


def exact_gradients(weights: Gradients, images: np.ndarray, labels: np.ndarray) -> Gradients:
    """Compute the gradients by Chainer in double precision."""
    with chainer.using_config('dtype', np.float64):
        link = ChainerSegNet(n_class=11)
        for name, parameter in link.namedparams():
            parameter.array = weights[name].astype('d')
        return chainer_iteration(link, images.astype('d'), labels)()


def difference(found: Gradients, expected: Gradients) -> float:
    """Largest difference of a gradient as a share of the largest number in its array."""
    return max(
        float(abs(found[name] - array).max() / abs(array).max()) for name, array in expected.items()
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition(':')[0])
    parser.add_argument('--crop-size', type=int, nargs=2, default=(192, 256), metavar=('H', 'W'))
    parser.add_argument('--batchsize', type=int, default=4)
    parser.add_argument('--threads', type=int, default=1)
    parser.add_argument('--repeats', type=int, default=3)
    options = parser.parse_args()
    rng = np.random.RandomState(0)
    shape = (options.batchsize, 3, *options.crop_size)
    images = rng.uniform(0, 255, shape).astype('f')
    labels = rng.randint(-1, 11, (shape[0], *shape[2:])).astype('i')
    np.random.seed(0)
    ours, plain = SegNetBasic(n_class=11), ChainerSegNet(n_class=11)
    weights = {name: parameter.array.copy() for name, parameter in ours.namedparams()}
    for name, parameter in plain.namedparams():
        parameter.array = weights[name].copy()
    contenders = {
        'ours': chainer_iteration(ours, images, labels),
        'Chainer': chainer_iteration(plain, images, labels),
    }
    if find_spec('torch') is not None:
        import torch

        torch.set_num_threads(options.threads)
        contenders['PyTorch'] = torch_iteration(weights, images, labels)
    clock = time.process_time if options.threads == 1 else time.perf_counter
    with threadpoolctl.threadpool_limits(options.threads), chainer.using_config('train', True):
        # The first iteration compiles, and starts from the same weights.
        gradients = {name: iterate() for name, iterate in contenders.items()}
        exact = exact_gradients(weights, images, labels)
        seconds: dict[str, list[float]] = {name: [] for name in contenders}
        for _ in range(options.repeats):
            for name, iterate in contenders.items():
                time.sleep(0.5)  # threads of the one before may still ask for work
                start = clock()
                iterate()
                seconds[name].append(clock() - start)
    unit = 'CPU' if options.threads == 1 else 'wall'
    print(
        f'{shape[0]} crops of {shape[2]}x{shape[3]}, {options.threads} threads, {options.repeats} repeats'
    )
    print(f'| | {unit} s | this / ours | gradients off by |\n|---|---:|---:|---:|')
    for name, times in seconds.items():
        ratio = statistics.median(a / b for a, b in zip(times, seconds['ours'], strict=True))
        error = difference(gradients[name], exact)
        print(f'| {name} | {statistics.median(times):.2f} | {ratio:.2f} | {error:.1e} |')


if __name__ == '__main__':
    main()
