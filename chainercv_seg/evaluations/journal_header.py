"""What the header of a journal says of its evaluation, for whoever has neither its data nor its network."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chainercv_seg.evaluations.identity import DETAILS
from chainercv_seg.evaluations.journal_files import TITLE, first_line, parse_header
from chainercv_seg.evaluations.metrics import ABSENT_CLASS_POLICIES, AbsentClass
from chainercv_seg.utils.errors import JournalError

#: What is in a header besides the protocol.
_NO_PROTOCOL = (TITLE, 'network', 'weights', 'label_names', 'files', 'plans', DETAILS)


@dataclass(frozen=True)
class JournalHeader:
    """A header that has been checked.

    Attributes:
        identity: All of it: what :func:`~chainercv_seg.evaluations.identity.evaluation_identity` returned.
        n_image: Number of images of the whole data set.
        label_names: A name for each class.
        absent_class: The policy for classes in neither truth nor prediction.
    """

    identity: dict[str, Any]
    n_image: int
    label_names: tuple[str, ...]
    absent_class: AbsentClass

    @property
    def protocol(self) -> dict[str, Any]:
        """The protocol."""
        return {key: value for key, value in self.identity.items() if key not in _NO_PROTOCOL}

    @property
    def weights_sha256(self) -> str:
        """Hash of the weights."""
        return str(self.identity.get('weights'))

    @property
    def weights(self) -> str:
        """What the weights are called, or that it is unknown, as in journals of older versions."""
        name = self.detail('weights name')
        return name if isinstance(name, str) else 'unknown'

    @property
    def image_names(self) -> list[str]:
        """What all images are called, without their folders."""
        return [self.image_name(image) for image in range(self.n_image)]

    def image_name(self, image: int) -> str:
        """What an image is called, or its number where the journal does not say."""
        names = self.detail('image names')
        if isinstance(names, list) and len(names) == self.n_image:
            return str(names[image])
        return f'image {image}'

    def detail(self, name: str) -> Any:
        """What the journal says besides under a name; None where it does not. Nothing of it is checked."""
        details = self.identity.get(DETAILS)
        return details.get(name) if isinstance(details, dict) else None


def read_journal_header(path: Path) -> JournalHeader:
    """Read the header of a journal.

    Args:
        path: A file of the journal.

    Raises:
        JournalError: It is no journal, cannot be read, or its header is none that an evaluation wrote.
    """
    try:
        identity = parse_header(first_line(path))
    except OSError as error:
        raise JournalError(
            f'{path} cannot be read as a journal: {error.strerror or error}. Give files that --resume wrote'
        ) from error
    if identity is None:
        raise JournalError(
            f'{path} is not the journal of an evaluation. Give files that --resume wrote'
        )
    n_image, names = identity.get('images'), identity.get('label_names')
    policy = identity.get('absent_class')
    if (
        type(n_image) is not int
        or n_image < 0
        or not isinstance(names, list)
        or not all(isinstance(name, str) for name in names)
        or len(set(names)) < len(names)
        or policy not in ABSENT_CLASS_POLICIES
    ):
        raise JournalError(
            f'{path} has a header that no evaluation wrote: expected the number of images, the names of the '
            'classes and the policy for absent classes'
        )
    return JournalHeader(identity, n_image, tuple(names), policy)
