"""What is known of pretrained weights: where from, for which arguments, how well they do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True)
class Score:
    """A score of pretrained weights and how it was measured.

    Attributes:
        dataset: Data set, for example ``'cityscapes'``.
        split: Its split.
        miou: Mean intersection over union in [0, 1], classes that do not occur left out.
        protocol: What decides the number besides the weights: scales, tiles, flips.
        source: Who measured it.
    """

    dataset: str
    split: str
    miou: float
    protocol: str
    source: str


@dataclass(frozen=True)
class PretrainedWeights:
    """A weight file that is published, or comes with this package.

    Attributes:
        model: The network, for example ``'pspnet_resnet50'``.
        name: What ``pretrained_model`` takes, for example ``'cityscapes'``.
        dataset: Data set they were trained on.
        file_name: Name of the file, in the cache too.
        urls: Where it can be had from, in the order in which to try. All end in its name. None: it comes with
            this package, in the folder ``chainercv_seg/weights/files``.
        sha256: Hash of the file, or None where nobody has published it.
        arguments: Constructor arguments for which the weights are good. Read only.
        overridable: Those of them that may be given other values.
        scores: What they reach.
        trained_on: Split, and what else is known of the training. Of weights that come with this package:
            the command, its iterations and hours.
        license: Licence of the weights, or None where none is stated.

    Raises:
        ValueError: There are neither addresses nor a hash.
    """

    model: str
    name: str
    dataset: str
    file_name: str
    urls: tuple[str, ...] = ()
    sha256: str | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    overridable: frozenset[str] = frozenset()
    scores: tuple[Score, ...] = ()
    trained_on: str = ''
    license: str | None = None

    def __post_init__(self) -> None:
        if not self.urls and self.sha256 is None:
            raise ValueError(f'{self.file_name}: expected urls or sha256, found neither')
        object.__setattr__(self, 'arguments', MappingProxyType(dict(self.arguments)))

    @property
    def described(self) -> str:
        """What to call the weights in an error."""
        return f'the published weights {self.name!r} of {self.model}'

    @property
    def remedy(self) -> str:
        """What else than leaving a contradicting argument out there is to do."""
        return ', or give the path of a weight file'

    @property
    def n_class(self) -> int | None:
        """Number of classes, or None for weights of an extractor."""
        return self.arguments.get('n_class')
