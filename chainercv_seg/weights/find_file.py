"""The file of pretrained weights: in this package, in ChainerCV's cache, or downloaded there."""

from pathlib import Path

from chainercv_seg.utils.cache import cache_folder
from chainercv_seg.utils.download import download_model
from chainercv_seg.utils.errors import WeightsError
from chainercv_seg.utils.file_sha256 import file_sha256
from chainercv_seg.weights.pretrained_weights import PretrainedWeights
from chainercv_seg.weights.records import list_weights

#: The files that come with this package.
FOLDER = Path(__file__).with_name('files')


def file_path(record: PretrainedWeights) -> Path:
    """Tell where the file of weights is, or would be after a download."""
    return (cache_folder('models') if record.urls else FOLDER) / record.file_name


def find_file(record: PretrainedWeights) -> Path:
    """Find the file of weights, downloading it where needed.

    Args:
        record: The weights.

    Returns:
        Its path. Where a hash is known, it is that of the file.

    Raises:
        WeightsError: It cannot be downloaded, or is not the right one.
    """
    if record.urls:
        try:
            return download_model(record.urls, sha256=record.sha256)
        except WeightsError as error:
            raise WeightsError(f'{error}{_others(record)}') from error
    path = file_path(record)
    found = file_sha256(path) if path.is_file() else 'no file'
    if found != (record.sha256 and record.sha256.lower()):
        raise WeightsError(
            f'expected the SHA-256 {record.sha256} of {path}, which comes with chainercv_seg, found {found}: '
            'install the package anew'
        )
    return path


def _others(record: PretrainedWeights) -> str:
    """Name weights of the same network and data that are there."""
    others = [
        f'{other.name!r}'
        + (
            f' ({100 * other.scores[0].miou:.2f} % on {other.scores[0].split})'
            if other.scores
            else ''
        )
        for other in list_weights(record.model, record.dataset)
        if other is not record and file_path(other).is_file()
    ]
    if not others:
        return ''
    return f'. What is there of {record.model} for {record.dataset}: {", ".join(others)}'
