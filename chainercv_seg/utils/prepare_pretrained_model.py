"""From the argument ``pretrained_model`` to a file, for networks that bring their own table of weights."""

import os
import warnings
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from chainercv_seg.utils.arguments import complete_arguments
from chainercv_seg.utils.download import download_model

_NOTHING: Mapping[str, Any] = MappingProxyType({})


def prepare_pretrained_model(
    param: Mapping[str, Any],
    pretrained_model: str | os.PathLike[str] | None,
    models: Mapping[str, Mapping[str, Any]],
    default: Mapping[str, Any] = _NOTHING,
) -> tuple[dict[str, Any], str | os.PathLike[str] | None]:
    """Decide the arguments of a network and find its weight file, downloading it where needed.

    This is for networks of one's own. Those of this library have records: :mod:`chainercv_seg.weights`.

    Args:
        param: Arguments that the weights may decide. None is "not given".
        pretrained_model: Name of weights in ``models``, path of a file, or None.
        models: For each name a mapping with ``url``, where the file can be had from, and as needed ``param``,
            the arguments for which the weights are good, ``overwritable``, names of those that may be
            given other values, and ``cv2``, whether they were trained on images that OpenCV resized.
        default: Values of arguments that neither the caller nor the weights decide.

    Returns:
        The arguments, none of them None, and the path of the file, or None for no weights.

    Raises:
        ValueError: An argument is missing, or contradicts the weights.
        WeightsError: The weights cannot be downloaded.
    """
    model = models.get(str(pretrained_model)) if pretrained_model else None
    if model is None:
        return (
            complete_arguments(param, {}, default, fixed=(), weights=''),
            pretrained_model or None,
        )
    published = model.get('param', {})
    completed = complete_arguments(
        param,
        published,
        default,
        fixed=set(published) - set(model.get('overwritable', ())),
        weights=f'the published weights {pretrained_model!r}',
    )
    path = download_model(model['url'])
    if model.get('cv2', False):
        _warn_of_pillow(pretrained_model)
    return completed, path


def _warn_of_pillow(pretrained_model: Any) -> None:
    from chainercv_seg.transforms import resize_backend  # which needs this room

    if resize_backend() != 'cv2':
        warnings.warn(
            f'the weights {pretrained_model!r} were trained on images that OpenCV resized; here Pillow does: '
            "scores may differ. Install OpenCV and set chainer.config.cv_resize_backend to 'cv2'",
            RuntimeWarning,
            stacklevel=3,
        )
