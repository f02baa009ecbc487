"""The contenders of the peer table, and the process in which each is measured.

``python contenders.py CONTENDER MODEL WEIGHTS HEIGHT WIDTH THREADS`` builds one, then answers every
line of standard input, ``HEIGHT WIDTH BATCH``, with a line of JSON about one prediction of random
images. A process of its own, since memory is the process's and thread pools disturb one another. ChainerCV
has a Python of its own, too, as old as itself: this file runs on Python 3.8.
"""

from __future__ import annotations

import gc
import json
import resource
import sys
import time
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    Predict = Callable[[list[np.ndarray]], Any]


@dataclass(frozen=True)
class Model:
    """A network as it is measured.

    Attributes:
        link: Class in `chainercv_seg.links`.
        arguments: Its arguments.
        size: Height and width of the image.
        gmac: Billions of multiplications of one direct forward pass at that size.
    """

    link: str
    arguments: dict[str, Any]
    size: tuple[int, int]
    gmac: float


MODELS = {
    'segnet': Model('SegNetBasic', {'n_class': 11}, (360, 480), 59),
    'pspnet': Model('PSPNetResNet50', {'n_class': 150, 'flip': False}, (473, 473), 162),
    'deeplab': Model('DeepLabV3plusXception65', {'n_class': 21, 'flip': False}, (513, 513), 174),
}


def build_link(model: str, size: tuple[int, int], weights: Path | None = None) -> Any:
    """Build one of our networks, plain."""
    import chainercv_seg.links as links

    case = MODELS[model]
    sizes = {'pspnet': {'input_size': size}, 'deeplab': {'min_input_size': size}}.get(model, {})
    return getattr(links, case.link)(**case.arguments, **sizes, pretrained_model=weights)


def plain(model: str, weights: Path, size: tuple[int, int], threads: int) -> Predict:
    return predictor(build_link(model, size, weights))


def optimized(
    model: str, weights: Path, size: tuple[int, int], threads: int, precision: str = 'float32'
) -> Predict:
    from chainercv_seg.inference import optimize

    return predictor(optimize(build_link(model, size, weights), precision=precision))


def predictor(link: Any) -> Predict:
    def predict(images: list[np.ndarray]) -> Any:
        link.batchsize = len(images)
        return link.predict(images)

    return predict


def chainercv(model: str, weights: Path, size: tuple[int, int], threads: int) -> Predict:
    from chainercv import links
    from chainercv.experimental.links import PSPNetResNet50

    # isort: split
    import chainer

    case, path = MODELS[model], str(weights)
    n_class = case.arguments['n_class']
    if model != 'pspnet':
        sizes = {'min_input_size': size} if model == 'deeplab' else {}
        return getattr(links, case.link)(n_class, path, **sizes).predict
    network = PSPNetResNet50(n_class, path, size)

    def predict(images: list[np.ndarray]) -> Any:  # its own looks at the mirror image as well
        with chainer.using_config('train', False), chainer.no_backprop_mode():
            scores = network(np.stack(images) - network.mean).array
        return scores.argmax(axis=1).astype(np.int32)

    return predict


def pytorch(model: str, weights: Path, size: tuple[int, int], threads: int) -> Predict:
    import torch
    from torch_networks import Network

    torch.set_num_threads(threads)
    network = Network(model, weights, size).eval()

    def predict(images: list[np.ndarray]) -> Any:
        with torch.inference_mode():
            return network(torch.from_numpy(np.stack(images))).numpy().astype(np.int32)

    return predict


def openvino(
    model: str, weights: Path, size: tuple[int, int], threads: int, precision: str | None = 'f32'
) -> Predict:
    """Convert to OpenVINO, in full precision as the others, or None for its default: what is fastest."""
    import openvino
    import torch
    from torch_networks import Network

    network = openvino.convert_model(
        Network(model, weights, size).eval(), example_input=torch.zeros(1, 3, *size)
    )
    network.reshape([1, 3, *size])
    settings = {'INFERENCE_NUM_THREADS': threads}
    if precision is not None:
        settings['INFERENCE_PRECISION_HINT'] = precision
    compiled = openvino.compile_model(network, 'CPU', settings)
    return lambda images: compiled(np.stack(images))[0].astype(np.int32)


def onnxruntime(model: str, weights: Path, size: tuple[int, int], threads: int) -> Predict:
    import onnxruntime
    import torch
    from torch_networks import Network

    path = str(weights.with_name(f'{model}.onnx'))
    network = Network(model, weights, size).eval()
    torch.onnx.export(network, (torch.zeros(1, 3, *size),), path, dynamo=False, opset_version=17)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(path, options, providers=['CPUExecutionProvider'])
    (name,) = (x.name for x in session.get_inputs())
    return lambda images: session.run(None, {name: np.stack(images)})[0].astype(np.int32)


def matmul(model: str, weights: Path, size: tuple[int, int], threads: int) -> Predict:
    """Not a contender, but the machine's speed: NumPy's product of square matrices."""
    a, b = np.random.RandomState(0).rand(2, MATMUL_SIZE, MATMUL_SIZE).astype('f')
    return lambda images: [a @ b]


MATMUL_SIZE = 2048
#: For each contender what builds it, and the modules that it needs.
CONTENDERS: dict[str, tuple[Callable[..., Predict], tuple[str, ...]]] = {
    'plain': (plain, ()),
    'optimized': (optimized, ()),
    'ChainerCV': (chainercv, ()),
    'PyTorch': (pytorch, ('torch',)),
    'OpenVINO': (openvino, ('torch', 'openvino')),
    'OpenVINO by default': (partial(openvino, precision=None), ('torch', 'openvino')),
    'ONNX Runtime': (onnxruntime, ('torch', 'onnx', 'onnxruntime')),
}
#: Those in full precision, of which the best is what ours are held against.
PEERS = ('PyTorch', 'OpenVINO', 'ONNX Runtime')


def in_precision(precision: str) -> str:
    """Name ours in a precision, as a contender."""
    return 'optimized' if precision == 'float32' else f'optimized, {precision}'


def find(contender: str) -> tuple[Callable[..., Predict], tuple[str, ...]]:
    """Return what builds a contender, and the modules that it needs."""
    name, _, precision = contender.partition(', ')
    build, modules = CONTENDERS[name]
    return (partial(build, precision=precision) if precision else build), modules


def missing(contender: str, model: str) -> str | None:
    """Say why a contender cannot be measured here, or return None."""
    absent = [module for module in find(contender)[1] if find_spec(module) is None]
    return f'not installed: {", ".join(absent)}' if absent else None


def peak_memory() -> int:
    """Most bytes of memory that the process has held, since it was last forgotten where it can be."""
    try:
        for line in Path('/proc/self/status').read_text().splitlines():
            if line.startswith('VmHWM:'):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    scale = 1 if sys.platform == 'darwin' else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * scale


def forget_peak_memory() -> None:
    """Let the peak start anew, after what only building took."""
    gc.collect()
    try:
        Path('/proc/self/clear_refs').write_text('5')
    except OSError:
        return


def main() -> None:
    contender, model, weights, height, width, threads = sys.argv[1:]
    build = matmul if contender == 'matmul' else find(contender)[0]
    predict = build(model, Path(weights), (int(height), int(width)), int(threads))
    building = peak_memory()
    forget_peak_memory()
    answers = sys.stdout
    sys.stdout = sys.stderr  # whatever a library prints is no answer
    for line in sys.stdin:
        h, w, batch = map(int, line.split())
        images = list(np.random.RandomState(0).uniform(0, 255, (batch, 3, h, w)).astype('f'))
        cpu, wall = time.process_time(), time.perf_counter()
        labels = predict(images)
        answer: dict[str, Any] = {
            'cpu': time.process_time() - cpu,
            'wall': time.perf_counter() - wall,
            'peak': peak_memory(),
            'building': building,
        }
        if contender != 'matmul':
            path = Path(weights).with_name(f'{contender}.npy')
            np.save(path, labels[0])
            answer['labels'] = str(path)
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == '__main__':
    main()
