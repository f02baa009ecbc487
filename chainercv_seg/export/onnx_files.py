"""A network exported as a graph of ONNX."""

from pathlib import Path

import numpy as np

from chainercv_seg.engines.onnx import OPSET
from chainercv_seg.engines.onnx.varying_sizes import size_multiple
from chainercv_seg.export.exported import Compute, Exported, Size, kind_of_scores, sizes_of
from chainercv_seg.export.onnx_model import write_onnx
from chainercv_seg.export.onnx_network import open_session
from chainercv_seg.export.onnx_views import plan_frame
from chainercv_seg.export.subject import Subject, metadata
from chainercv_seg.prepared.program_of import program_of

_FILE = 'model.onnx'
_USE = """\
```python
import numpy as np
import onnxruntime
from PIL import Image

session = onnxruntime.InferenceSession('model.onnx')
image = Image.open('street.jpg').convert('RGB'){resize}
images = np.asarray(image, np.float32).transpose(2, 0, 1)[None]
scores, labels = session.run(['scores', 'labels'], {{'images': images}})
```

All that is before and behind the network is in the graph: images go in as they are.
`chainercv-seg evaluate --pretrained-model model.onnx --dataset DATASET` measures it.
"""
_SIGNATURE = """\
- `images`: `(N, 3, {size})` float32, RGB in [0, 255], {sizes}.
- `scores`: `(N, {n_class}, {size})` float32, {kind}.
- `labels`: `(N, {size})` int32, the class of the largest score, the first of equals.
"""


def export_onnx(subject: Subject, folder: Path, *, size: Size | None, unpooling: str) -> Exported:
    """Write ``model.onnx``; arguments as of `write_onnx`."""
    path = folder / _FILE
    write_onnx(subject.link, path, size=size, unpooling=unpooling, metadata=metadata(subject))
    program, _ = program_of(subject.link)
    size = plan_frame(subject.link.views, program, size).size
    multiple = size_multiple(program) if size is None else 1
    taken = 'of any height and width' if size is None else f'of {size[0]}x{size[1]} pixels'
    if multiple > 1:
        taken = f'of heights and widths that are multiples of {multiple}'
    shown = size or ((22 * multiple, 30 * multiple) if multiple > 1 else None)
    if size is None and multiple > 1:
        sizes = [(22 * multiple, 30 * multiple), (11 * multiple, 15 * multiple)]
    else:
        sizes = sizes_of(subject.views) if size is None else [size] * 2
    return Exported(
        files={_FILE: f'the graph, opset {OPSET}'},
        use=_USE.format(resize='' if shown is None else f'.resize({shown[::-1]})'),
        signature=_SIGNATURE.format(
            size='H, W' if size is None else f'{size[0]}, {size[1]}',
            sizes=taken,
            n_class=program.nodes[-1].channels,
            kind=kind_of_scores(subject.views),
        ),
        sizes=sizes,
        runtime='ONNX Runtime',
        compute=lambda: _opened(path),
    )


def _opened(path: Path) -> Compute:
    session = open_session(path)

    def compute(image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        scores, labels = session.run(['scores', 'labels'], {'images': image[None]})
        return scores[0], labels[0]

    return compute
