"""What is known of a sample before it is read."""

import os
from collections.abc import Sequence
from typing import Any


def sample_name(dataset: Any, index: int) -> str:
    """Tell what to call a sample in a message.

    Args:
        dataset: One of ours, or any other.
        index: Number of the sample.

    Returns:
        Its file where it has one and the data set says so, else its number.
    """
    return dataset.sample_name(index) if hasattr(dataset, 'sample_name') else f'sample {index}'


def sample_files(dataset: Any, index: int) -> Sequence[str | os.PathLike[str]]:
    """Tell the files of a sample, its image first; none where the data set does not say."""
    return dataset.sample_files(index) if hasattr(dataset, 'sample_files') else ()
