"""What the exported modules of PyTorch call the arrays of SegNet and DeepLabV3+: our names, with its ends."""

from collections.abc import Iterable

from chainercv_seg.weights.conversion.table import SAME, Entry

#: Epsilon of PyTorch's batch normalization.
EPS = 1e-5
_KINDS = {
    'W': 'weight',
    'b': 'bias',
    'gamma': 'weight',
    'beta': 'bias',
    'avg_mean': 'running_mean',
    'avg_var': 'running_var',
}


def torch_table(names: Iterable[str]) -> list[Entry]:
    """Write down what each array of a network is in the modules of ``chainercv_seg.export``.

    Args:
        names: Of the arrays of our network. The counts ``N`` have no counterpart.
    """
    return [
        Entry(
            name,
            f'{prefix.replace("/", ".")}.{_KINDS[kind]}',
            SAME,
            EPS if kind == 'avg_var' else None,
        )
        for name, (prefix, _, kind) in ((name, name.rpartition('/')) for name in names)
        if kind != 'N'
    ]
