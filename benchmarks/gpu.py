"""Times the networks on a GPU beside the CPU: python benchmarks/gpu.py.

Prints a table: seconds of ``predict`` for one image, and of an iteration of training, on the GPU
(medians, the device waited for) and on the CPU (optimized, wall clock), and the most memory that the
GPU's pool held. Says why where there is no GPU.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial

import numpy as np

from chainercv_seg import links
from chainercv_seg.inference import optimize
from chainercv_seg.utils.devices import check_gpu, to_device
from chainercv_seg.utils.errors import DeviceError

# isort: split
import chainer

#: For each network its arguments, the size of an image, and of the crops of its training.
NETWORKS = {
    'SegNetBasic': ({'n_class': 11}, (360, 480), (4, 192, 256)),
    'PSPNetResNet50': ({'n_class': 150, 'input_size': 473, 'flip': False}, (473, 473), (2, 473, 473)),
    'PSPNetResNet101': ({'n_class': 19, 'input_size': 713, 'flip': False}, (713, 713), (1, 713, 713)),
    'DeepLabV3plusXception65': ({'n_class': 21, 'min_input_size': 513}, (513, 513), (2, 513, 513)),
}  # fmt: skip


def median_seconds(run: Callable[[], object], device: object, repeats: int) -> float:
    """Run once to warm up, then some times; wait for the device."""
    seconds = []
    for _ in range(repeats + 1):
        start = time.perf_counter()
        run()
        if isinstance(device, chainer.backend.GpuDevice):
            device.device.synchronize()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds[1:])


def training(link, shape):
    """Make a function that does an iteration of training."""
    classifier = links.PixelwiseSoftmaxClassifier(link)
    classifier.to_device(link.device)
    optimizer = chainer.optimizers.MomentumSGD(lr=1e-4).setup(classifier)
    n, height, width = shape
    x = np.random.RandomState(0).uniform(-1, 1, (n, 3, height, width)).astype('f')
    with chainer.using_config('train', False), chainer.no_backprop_mode():
        scores = link(link.device.send(x))
    label = np.random.RandomState(1).randint(0, 11, (n, *scores.shape[2:])).astype('i')
    x, label = link.device.send(x), link.device.send(label)

    def run():
        with chainer.using_device(link.device):
            optimizer.update(classifier, x, label)

    return run


def measure(name, gpu, repeats):
    """Measure a network: seconds of predict on the GPU, on the CPU, of training, and bytes."""
    arguments, size, crops = NETWORKS[name]
    np.random.seed(0)
    link = getattr(links, name)(**arguments)
    image = np.random.RandomState(0).uniform(0, 255, (3, *size)).astype('f')
    on_cpu = median_seconds(partial(optimize(link).predict, [image]), None, repeats)
    to_device(link, gpu)
    on_gpu = median_seconds(partial(link.predict, [image]), link.device, repeats)
    iteration = median_seconds(training(link, crops), link.device, repeats)
    pool = chainer.backends.cuda.memory_pool.total_bytes() if gpu >= 0 else 0
    return on_gpu, on_cpu, iteration, pool


def main(arguments=None):
    parser = argparse.ArgumentParser(description='Time the networks on a GPU.')
    parser.add_argument('--gpu', type=int, default=0, help='number of the GPU (default: 0)')
    parser.add_argument('--networks', nargs='+', choices=NETWORKS, default=list(NETWORKS))
    parser.add_argument('--repeats', type=int, default=5, help='default: 5')
    options = parser.parse_args(arguments)
    try:
        if options.gpu >= 0:
            check_gpu(options.gpu)
    except DeviceError as error:
        print(f'skipped: {error}')
        return 0
    if options.gpu >= 0:
        import cupy

        properties = cupy.cuda.runtime.getDeviceProperties(options.gpu)
        print(f'{properties["name"].decode()}, CuPy {cupy.__version__}, ', end='')
        print(f'cuDNN {"in use" if chainer.backends.cuda.cudnn_enabled else "missing"}')
    print(f'{"network":26}{"predict GPU":>12}{"CPU":>9}{"ratio":>8}{"training":>10}{"pool":>9}')
    for name in options.networks:
        on_gpu, on_cpu, iteration, pool = measure(name, options.gpu, options.repeats)
        print(
            f'{name:26}{on_gpu:10.4f} s{on_cpu:7.2f} s{on_cpu / on_gpu:8.1f}{iteration:8.3f} s'
            f'{pool / 2**20:6.0f} MB'
        )
    return 0


if __name__ == '__main__':
    sys.exit(main())
