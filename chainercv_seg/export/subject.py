"""What is exported: a network, and what is known of it and of its weights."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

import chainercv_seg
from chainercv_seg.inference import CanvasViews, TiledViews
from chainercv_seg.weights import PretrainedWeights


@dataclass(frozen=True)
class Subject:
    """A network that is exported.

    Attributes:
        link: The network, plain, on the CPU.
        model: What it is called, as in the records: ``'segnet'``.
        arguments: Constructor arguments with which its weights are good.
        class_names: A name for each class.
        class_colors: An RGB colour in [0, 255] for each class.
        weights: What its weights are called: a published name, or the name of a file.
        weights_sha256: Hash of their file.
        record: What is known of them where they are published.
    """

    link: Any
    model: str
    arguments: Mapping[str, Any]
    class_names: Sequence[str]
    class_colors: Sequence[Sequence[int]]
    weights: str
    weights_sha256: str
    record: PretrainedWeights | None = None

    @property
    def architecture(self) -> str:
        """The network's class."""
        return type(self.link).__name__

    @property
    def views(self) -> Any:
        """How what is exported looks at an image: once."""
        views = self.link.views
        if isinstance(views, TiledViews | CanvasViews):
            return replace(views, scales=None, flip=False)
        return views

    @property
    def license(self) -> str:
        """The licence of the weights, as far as it is known."""
        return (self.record and self.record.license) or 'not stated'


def config(subject: Subject) -> dict[str, Any]:
    """Write down what is known, for ``config.json`` and the metadata of files.

    Returns:
        What JSON has: architecture and arguments, classes, preprocessing, protocol, scores with the protocol
        of each, and the weights.
    """
    record = subject.record
    return {
        'architecture': subject.architecture,
        'model': subject.model,
        'arguments': _plain(dict(subject.arguments)),
        'class_names': list(subject.class_names),
        'class_colors': [[int(value) for value in color] for color in subject.class_colors],
        'preprocessing': _preprocessing(subject.views),
        'protocol': {'model': subject.architecture, **subject.views.protocol},
        'scores': [
            {
                'dataset': score.dataset,
                'split': score.split,
                'miou': score.miou,
                'protocol': score.protocol,
                'source': score.source,
            }
            for score in (record.scores if record else ())
        ],
        'weights': {
            'name': subject.weights,
            'sha256': subject.weights_sha256,
            'trained_on': record.trained_on if record else '',
            'license': subject.license,
        },
        'exported_by': f'chainercv_seg {chainercv_seg.__version__}',
    }


def metadata(subject: Subject) -> dict[str, str]:
    """Write the same down as texts, as files of ONNX and safetensors keep them."""
    import json

    return {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in config(subject).items()
    }


def _preprocessing(views: Any) -> dict[str, Any]:
    """Say what is done to images before the network: all of it is in what is exported."""
    found: dict[str, Any] = {'images': '(N, 3, H, W) float32, RGB in [0, 255]'}
    if isinstance(views, TiledViews):
        found['size'] = list(views.input_size)
        found['mean'] = None if views.mean is None else views.mean.ravel().tolist()
        found['std'] = None if views.std is None else views.std.ravel().tolist()
    elif isinstance(views, CanvasViews):
        found['smallest_size'] = list(views.min_input_size)
        found['background'] = views.mean.ravel().tolist()
        found['scale'], found['shift'] = 1 / 127.5, -1.0
    return found


def _plain(value: Any) -> Any:
    """Turn what arguments may be into what JSON has."""
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, tuple | list | np.ndarray):
        return [_plain(inner) for inner in value]
    return value.item() if isinstance(value, np.generic) else value
