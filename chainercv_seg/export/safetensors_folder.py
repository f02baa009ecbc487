"""A network exported as a file of safetensors, for this library and whoever reads its names."""

from pathlib import Path
from typing import Any

from chainercv_seg import links
from chainercv_seg.export.exported import Compute, Exported, kind_of_scores, sizes_of
from chainercv_seg.export.subject import Subject, metadata
from chainercv_seg.export.verify import expected
from chainercv_seg.weights.safetensors_files import write_safetensors
from chainercv_seg.weights.save import checked_arrays, divided

_FILE = 'model.safetensors'
_USE = """\
```python
from chainercv_seg.links import {architecture}

link = {architecture}(pretrained_model='model.safetensors')
labels = link.predict(images)  # a list of (3, H, W) RGB arrays in [0, 255]
```

The arrays have the names and the layout of Chainer's npz files (`conv1/W`, `conv1_bn/gamma`). The metadata
hold the arguments of the network (`chainercv_seg`), and all that is in `config.json`.
"""


def export_safetensors(subject: Subject, folder: Path) -> Exported:
    """Write ``model.safetensors``.

    Raises:
        WeightsError: The network holds NaN or infinity.
        MissingExtraError: The package safetensors is not installed.
    """
    path = folder / _FILE
    arrays, arguments = divided(subject.link, checked_arrays(subject.link, origin=path))
    write_safetensors(path, arrays, {**metadata(subject), **arguments})

    def compute() -> Compute:
        loaded: Any = getattr(links, subject.architecture)(pretrained_model=path)
        return lambda image: expected(loaded, subject.views, image)

    return Exported(
        files={_FILE: f'{len(arrays)} arrays'},
        use=_USE.format(architecture=subject.architecture),
        signature='`predict` takes images of any size and gives their label maps. Scores, which are compared '
        f'below, are {kind_of_scores(subject.views)}.',
        sizes=sizes_of(subject.views),
        runtime='the network that loads it',
        compute=compute,
    )
