"""The table of what was measured on a GPU."""

import statistics
from pathlib import Path
from typing import Any

import numpy as np

#: By which precision of PyTorch a variant is judged.
_PEERS = {'float32': ('float32',), 'tf32': ('tf32',), 'float16': ('float16', 'autocast')}


def table(found: dict[str, Any], folder: Path) -> str:
    """Write the measurements of a network as a Markdown table.

    Args:
        found: By side: ``variants``, or an ``error``.
        folder: Where the label maps are, as ``SIDE VARIANT.npy``.
    """
    rows = [
        '| | 1 image, ms | best of PyTorch / this | 8 images, ms | best of PyTorch / this | first, s '
        '| allocator MB | device MB | labels unlike plain |',
        '|---|' + '---:|' * 8,
    ]
    training = ['', '| training | ms an iteration | best of PyTorch / this | loss | allocator MB |',
                '|---|---:|---:|---:|---:|']  # fmt: skip
    notes = []
    for side, of_side in found.items():
        if 'error' in of_side:
            notes.append(f'- {side}: {of_side["error"]}')
        for variant, record in of_side.get('variants', {}).items():
            name = f'{side} {variant}'
            for step, answer in record.items():
                if 'error' in answer:
                    notes.append(f'- {name}, {step}: {answer["error"]}')
            if 'train' in record and 'ms' in record['train']:
                trained = f'{side} {variant.removeprefix("train ")}'
                training.append(_training_row(found, trained, variant, record['train']))
            elif 'error' not in record.get('build', {'error': ''}):
                rows.append(_row(found, name, variant, record, folder))
    return '\n'.join([*rows, *(training if len(training) > 3 else []), '', *notes])


def _row(found: Any, name: str, variant: str, record: Any, folder: Path) -> str:
    cells = []
    for batch in (1, 8):
        own = median(record.get(f'predict {batch}', {}))
        best = _best(found, f'predict {batch}', variant)
        cells += [_number(own, 2), _number(None if None in (own, best) else best / own, 2)]
    build = record['build']
    cells += [
        _number(build['seconds'], 1),
        *(_number(build[key] / 1e6, 0) for key in ('allocator', 'device')),
    ]
    return f'| {name} | {" | ".join(cells)} | {_unlike(name, folder)} |'


def _training_row(found: Any, name: str, variant: str, answer: Any) -> str:
    own, best = median(answer), _best(found, 'train', variant)
    ratio = _number(None if None in (own, best) else best / own, 2)
    memory = _number(answer['allocator'] / 1e6, 0)
    return f'| {name} | {_number(own, 2)} | {ratio} | {answer["loss"]:.5f} | {memory} |'


def _best(found: Any, step: str, variant: str) -> float | None:
    """Milliseconds of PyTorch's fastest way in the precision of a variant; plain is float32."""
    precision = next((name for name in _PEERS if name in variant.split()), 'float32')
    precision = 'float16' if 'autocast' in variant else precision
    times = [
        median(record[step])
        for name, record in found.get('torch', {}).get('variants', {}).items()
        if step in record and not set(_PEERS[precision]).isdisjoint(name.split())
    ]
    return min((t for t in times if t is not None), default=None)


def median(answer: Any) -> float | None:
    """The median of times; None where there are none."""
    return statistics.median(answer['ms']) if answer.get('ms') else None


def _number(value: float | None, digits: int) -> str:
    return '-' if value is None else f'{value:.{digits}f}'


def _unlike(name: str, folder: Path) -> str:
    paths = folder / f'{name}.npy', folder / 'ours plain.npy'
    if not all(path.exists() for path in paths):
        return '-'
    own, plain = (np.load(path).squeeze().astype(int) for path in paths)
    return f'{np.mean(own != plain):.1e}'
