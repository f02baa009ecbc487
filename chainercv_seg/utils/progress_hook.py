"""A hook of apply_to_iterator that shows how far it is."""

import time
from typing import Any


class ProgressHook:
    """Writes the number of samples, their rate and the time left to standard output, over and over.

    Args:
        n_total: Number of samples, if it is known.
    """

    def __init__(self, n_total: int | None = None) -> None:
        self.n_total = n_total
        self.start = time.monotonic()
        self.n_processed = 0

    def __call__(self, in_values: Any, out_values: Any, rest_values: Any) -> None:
        """Count a batch, the one whose values these are."""
        self.n_processed += len(in_values[0])
        rate = self.n_processed / max(time.monotonic() - self.start, 1e-9)
        text = f'{self.n_processed:d} samples, {rate:.2f} samples/sec'
        if self.n_total is not None:
            seconds = max(0, int((self.n_total - self.n_processed) / rate)) if rate else 0
            text = (
                f'{self.n_processed:d} of {self.n_total:d} samples, {rate:.2f} samples/sec, '
                f'ETA {seconds // 3600:4d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}'
            )
        print('\r' + text, end='', flush=True)  # nothing where there is no standard output
