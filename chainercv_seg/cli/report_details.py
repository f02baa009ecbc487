"""What a journal says for the report of its evaluation, which may be made where the data are not."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from chainercv_seg.cli.benchmarks import BENCHMARKS, Benchmark
from chainercv_seg.cli.folder_benchmark import folder_label_colors
from chainercv_seg.datasets import plain_label_format
from chainercv_seg.evaluations.journal_header import JournalHeader

Published = Sequence[tuple[float, str]]


def report_details(options: argparse.Namespace, title: str, published: Published) -> dict[str, Any]:
    """Say it.

    Args:
        options: Those of the data set.
        title: What was evaluated on what.
        published: Published mean IoUs, and what each is.
    """
    return {
        'dataset': options.dataset,
        'title': title,
        'published': [list(score) for score in published],
    }


@dataclass(frozen=True)
class ReportDetails:
    """What is found of it in a journal, whoever wrote that.

    Attributes:
        benchmark: The data set, of which there are no files.
        title: What was evaluated on what.
        published: Published mean IoUs, and what each is.
    """

    benchmark: Benchmark
    title: str
    published: Published

    @classmethod
    def of(cls, header: JournalHeader) -> 'ReportDetails':
        """Read it, or do without where an older version wrote the journal."""
        data = str(header.protocol.get('data'))
        title, scores = header.detail('title'), header.detail('published')
        if not isinstance(title, str):
            title = f'{header.protocol.get("model", "network")} on {data}'
        published = [
            (float(score[0]), str(score[1]))
            for score in (scores if isinstance(scores, list) else ())
            if isinstance(score, list) and len(score) == 2 and isinstance(score[0], float)
        ]
        return cls(_benchmark(header, data), title, published)


def _benchmark(header: JournalHeader, data: str) -> Benchmark:
    name = header.detail('dataset')
    known = BENCHMARKS.get(name) if isinstance(name, str) else None
    if known is not None and known.label_names == header.label_names:
        return known
    n_class = len(header.label_names)

    def load(data_dir: object, split: str) -> Any:
        raise NotImplementedError(f'the files of {data} are not known')

    return Benchmark(
        title=data,
        load=load,
        label_names=header.label_names,
        label_colors=folder_label_colors(n_class),
        label_format=plain_label_format(n_class),
        splits=(),
        split='',
    )
