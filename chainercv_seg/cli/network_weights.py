"""Which network and which weights the options ask for, and whether they go together."""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chainercv_seg.cli.graphs import is_graph
from chainercv_seg.utils.errors import UsageError, UserError, WeightsError
from chainercv_seg.weights import PretrainedWeights, list_weights
from chainercv_seg.weights.find_file import find_file
from chainercv_seg.weights.recognize import recognize_file
from chainercv_seg.weights.resolve import find_weights, merge_arguments
from chainercv_seg.weights.stored_arguments import read_stored_arguments

#: The network where neither weights nor the data set tell.
_DEFAULT = 'segnet'


def choose_model(options: argparse.Namespace) -> str:
    """Choose the network where the user named none.

    Args:
        options: ``dataset`` and ``pretrained_model``.

    Returns:
        The network that published weights of the name, or of the file's name, are of; that of the file by
        its arrays; the one whose published weights for the data set have the highest mean IoU; or SegNet.
    """
    wanted = options.pretrained_model
    records = _evaluable()
    if wanted is not None:
        records = [
            record for record in records if wanted == record.name or _is_file_of(record, wanted)
        ]
        if not records and (model := _model_in(wanted)) is not None:
            return model
    records = [record for record in records if record.dataset == options.dataset] or (
        records if wanted is not None else []
    )
    best = max(records, key=_best_miou, default=None)
    return best.model if best else _DEFAULT


def check_weights(options: argparse.Namespace, arguments: Mapping[str, Any]) -> None:
    """Check that weights are there or published, and are of the network and its arguments.

    Args:
        options: ``model``, ``pretrained_model`` and ``dataset``.
        arguments: Those of the network.

    Raises:
        UserError: There are no such weights, or they do not fit, as far as can be told without a download.
    """
    record, path = find_weights(options.model, weights_of(options))
    stored = None if path is None else read_stored_arguments(path, options.model)
    strict = path is None or stored is not None
    try:
        merge_arguments(arguments, stored or record, {}, strict=strict)
    except ValueError as error:
        raise UsageError(str(error)) from error
    if path is None:
        return
    model, n_class = recognize_file(path)
    if model not in (None, options.model):
        advice = f'give --model {model}' if n_class else 'they are of an extractor alone'
        raise WeightsError(f'{path} holds weights of {model}, not of {options.model}: {advice}')
    if n_class not in (None, arguments['n_class']):
        raise WeightsError(
            f'{path} holds weights for {n_class} classes, but {options.dataset} has '
            f'{arguments["n_class"]}'
        )


def weights_of(options: argparse.Namespace) -> str:
    """Tell the weights that the options ask for: a path, or the name of published weights.

    Raises:
        UserError: None were named, and none are published.
    """
    if options.pretrained_model is not None:
        return options.pretrained_model
    for record in _evaluable():
        if (record.model, record.dataset) == (options.model, options.dataset):
            return record.name
    pairs = ', '.join(f'{record.model} {record.name}' for record in _evaluable())
    raise UserError(
        f'no weights of {options.model} for {options.dataset} are published. Give a weight file with '
        f'--pretrained-model, or choose one of the published pairs: {pairs}'
    )


def published_record(options: argparse.Namespace) -> PretrainedWeights | None:
    """Look up the weights that the options ask for, None where they are not published.

    Raises:
        UserError: There are no such weights.
    """
    return find_weights(options.model, weights_of(options))[0]


def weight_file(options: argparse.Namespace) -> Path:
    """Find the weight file of the network that the options ask for, downloading it where needed.

    Args:
        options: What was parsed.

    Returns:
        Its path.

    Raises:
        UserError: There are no such weights.
    """
    if is_graph(options):
        return Path(options.pretrained_model)
    record, path = find_weights(options.model, weights_of(options))
    if path is None:
        assert record is not None  # weights were named
        return find_file(record)
    return path


def published_scores(options: argparse.Namespace) -> list[tuple[float, str]]:
    """Look up published mean IoUs to compare with.

    Args:
        options: What was parsed, ``dataset`` and ``split`` among it.

    Returns:
        Mean IoUs in [0, 1] on the same split, and what each is: those of the weights or, where these are
        not published, of the published weights of the same network and data set.
    """
    record = published_record(options)
    records = [record] if record else list_weights(options.model, options.dataset)
    return [
        (
            score.miou,
            f'weights {record.name} on {score.dataset} {score.split}, {score.protocol} '
            f'({score.source})',
        )
        for record in records
        for score in record.scores
        if (score.dataset, score.split) == (options.dataset, options.split)
    ]


def _evaluable() -> list[PretrainedWeights]:
    """Those of whole networks."""
    return [record for record in list_weights() if record.n_class is not None]


def _best_miou(record: PretrainedWeights) -> float:
    return max((score.miou for score in record.scores), default=0.0)


def _is_file_of(record: PretrainedWeights, wanted: str) -> bool:
    return Path(wanted).name == record.file_name


def _model_in(wanted: str) -> str | None:
    """The network of a weight file, None where that cannot be told: what is wrong is said later."""
    try:
        model, n_class = recognize_file(wanted)
    except WeightsError:
        return None
    return model if n_class is not None else None
