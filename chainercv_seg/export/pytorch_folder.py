"""A network exported for PyTorch: its source, and its weights as safetensors."""

import importlib.util
import sys
from pathlib import Path
from typing import Any

from chainercv_seg.export.exported import Compute, Exported, kind_of_scores, sizes_of
from chainercv_seg.export.subject import Subject, metadata
from chainercv_seg.export.torch_settings import torch_arrays, torch_settings
from chainercv_seg.links import PSPNet
from chainercv_seg.utils.errors import MissingExtraError
from chainercv_seg.utils.output_files import replaced_file
from chainercv_seg.weights.safetensors_files import write_safetensors

_SOURCES = Path(__file__).with_name('torch_sources')
_CODE, _FILE = 'model.py', 'model.safetensors'
_USE = """\
```python
import numpy as np
import torch
from PIL import Image

from model import load

network = load('.')
image = Image.open('street.jpg').convert('RGB'){resize}
images = torch.from_numpy(np.asarray(image, np.float32).transpose(2, 0, 1)[None].copy())
scores, labels = network.predict(images)
```

`model.py` needs PyTorch and safetensors, and nothing else; `network` is a `torch.nn.Module`.{keys}
"""
_KEYS = """ Its keys are those of
[semseg](https://github.com/hszhao/semseg), whose networks load them with `load_state_dict`; there images are
to be brought to the mean and deviation of `config.json`, and {windows}."""


def export_pytorch(subject: Subject, folder: Path) -> Exported:
    """Write ``model.py`` and ``model.safetensors``.

    Raises:
        TypeError: A part of the network is not known.
        MissingExtraError: The package safetensors is not installed.
    """
    source, settings = torch_settings(subject.link)
    write_safetensors(folder / _FILE, dict(torch_arrays(subject.link)), metadata(subject))
    with replaced_file(folder / _CODE) as file:
        file.write(model_source(source).encode())
    views, keys, resize = subject.views, '', ''
    if isinstance(subject.link, PSPNet):
        adaptive = subject.link.ppm.adaptive
        windows = (
            'pooling is adaptive there as here'
            if adaptive
            else (
                'pooling is adaptive, while these weights want the windows in `config.json`: take `model.py`'
            )
        )
        keys, resize = _KEYS.format(windows=windows), f'.resize({views.input_size[::-1]})'
    return Exported(
        files={_CODE: 'the network as modules of PyTorch', _FILE: 'its state_dict'},
        use=_USE.format(resize=resize, keys=keys),
        signature='`images` are `(N, 3, H, W)` float32, RGB in [0, 255]. `network(images)` gives '
        f'scores `(N, {subject.link.n_class}, H, W)`, {kind_of_scores(views)}; `predict` also the labels, '
        '`(N, H, W)` int32.',
        sizes=sizes_of(views),
        runtime='PyTorch',
        compute=lambda: _opened(folder),
        config={'pytorch': settings},
    )


def model_source(source: str) -> str:
    """Put the source of a network together, so that it needs no other.

    Args:
        source: Its name among ``torch_sources``.
    """
    _, _, base = (_SOURCES / 'base.py').read_text('utf-8').partition('"""\n\n')
    title, _, rest = (_SOURCES / f'{source}.py').read_text('utf-8').partition('\n')
    _, _, body = rest.partition('from chainercv_seg.export.torch_sources.base import')
    _, _, body = body.partition('\n')
    return f'{title[:-3]} Exported from Chainer by chainercv_seg."""\n\n{base.rstrip()}\n{body}'


def _opened(folder: Path) -> Compute:
    """Load what was exported as others do."""
    try:
        import torch
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            'a network of PyTorch needs torch, which is not installed. Install it with: pip install torch'
        ) from error
    name = '_chainercv_seg_exported_model'
    spec = importlib.util.spec_from_file_location(name, folder / _CODE)
    assert spec is not None
    assert spec.loader is not None
    module: Any = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    finally:
        del sys.modules[name]
    network = module.load(folder)

    def compute(image: Any) -> Any:
        scores, labels = network.predict(torch.from_numpy(image[None]))
        return scores[0].numpy(), labels[0].numpy()

    return compute
