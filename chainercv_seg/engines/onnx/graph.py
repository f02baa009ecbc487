"""A graph of ONNX while it is written."""

from collections.abc import Callable, Mapping, Sequence
from typing import IO, Any

import numpy as np
import onnx
from onnx import TensorProto, helper

from chainercv_seg.engines.onnx.writing import Stored, tensor, write_model
from chainercv_seg.engines.program import Weights

#: The operators that graphs are written in. Runtimes since 2022 know them.
OPSET = 17
#: The version of the file format that belongs to it.
_IR_VERSION = 8


class Graph:
    """Operations and constants, written down one after the other.

    The weights of the network are folded when it is written to a file, one after the other.
    """

    def __init__(self) -> None:
        self._model = onnx.ModelProto(ir_version=_IR_VERSION, producer_name='chainercv_seg')
        self._model.opset_import.add(domain='', version=OPSET)
        self._graph = onnx.GraphProto(name='network')
        self._stored: list[Stored] = []
        self._shared: dict[tuple[Any, ...], str] = {}

    def input(self, name: str, shape: Sequence[int | str]) -> str:
        """Declare an input of float32. Lengths that are words may be any."""
        self._declare(self._graph.input, name, TensorProto.FLOAT, shape)
        return name

    def output(self, name: str, dtype: Any, shape: Sequence[int | str]) -> None:
        """Declare an output, which some operation was told to call so."""
        kind = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
        self._declare(self._graph.output, name, kind, shape)

    def _declare(self, values: Any, name: str, kind: int, shape: Sequence[int | str]) -> None:
        values.append(helper.make_tensor_value_info(name, kind, shape))

    def add(
        self,
        operator: str,
        *inputs: str,
        outputs: int = 1,
        name: str | None = None,
        **attributes: Any,
    ) -> Any:
        """Write an operation.

        Args:
            operator: Its name in ONNX.
            inputs: What it reads: ``''`` for an input that is left out.
            outputs: How many results it has.
            name: What its result is called; by default a name that is not taken.
            **attributes: Those of the operator.

        Returns:
            The name of its result; a list of names of several.
        """
        number = len(self._graph.node)
        names = [name or f'{operator}_{number}']
        names += [f'{operator}_{number}_{i}' for i in range(1, outputs)]
        node = helper.make_node(operator, inputs, names, f'{operator}_{number}', **attributes)
        self._graph.node.append(node)
        return names[0] if outputs == 1 else names

    def weights(self, weights: Weights) -> tuple[str, str]:
        """Store a kernel and a bias, as float32. They are folded when the graph is written."""
        number = len(self._stored)
        names = f'kernel_{number}', f'bias_{number}'
        self._store(names, (weights.shape, weights.shape[:1]), np.float32, weights.fold)
        return names

    def constant(self, values: Any, dtype: Any = np.float32) -> str:
        """Store numbers; the same ones once."""
        array = np.array(values, dtype)
        key = (array.dtype.str, array.shape, array.tobytes())
        if key not in self._shared:
            self._shared[key] = f'constant_{len(self._stored)}'
            self._store((self._shared[key],), (array.shape,), array.dtype, lambda: (array,))
        return self._shared[key]

    def _store(
        self,
        names: Sequence[str],
        shapes: Sequence[tuple[int, ...]],
        dtype: Any,
        make: Callable[[], Sequence[np.ndarray]],
    ) -> None:
        pairs = zip(names, shapes, strict=True)
        tensors = tuple(tensor(name, shape, np.dtype(dtype)) for name, shape in pairs)
        self._stored.append(Stored(tensors, make))

    def cast(self, x: str, dtype: Any, name: str | None = None) -> str:
        """Convert numbers to another type."""
        kind = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
        return self.add('Cast', x, name=name, to=kind)

    def size_of(self, x: str) -> str:
        """Return the height and width ``(2,)`` of a map."""
        return self.add('Shape', x, start=2, end=4)

    def size(self, size: str | Sequence[int]) -> str:
        """Return the name of a size: of a constant where it is numbers."""
        return size if isinstance(size, str) else self.constant(size, np.int64)

    def cut(self, x: str, size: str | Sequence[int]) -> str:
        """Keep the upper left of a map.

        Args:
            x: The map.
            size: Height and width: numbers, or a name.
        """
        start, axes = self.constant([0, 0], np.int64), self.constant([2, 3], np.int64)
        return self.add('Slice', x, start, self.size(size), axes)

    def resize(self, x: str, size: str | Sequence[int], *, align_corners: bool = True) -> str:
        """Resize a map bilinearly, corners on corners or else edges on edges; arguments as of `cut`."""
        shape = self.add('Concat', self.add('Shape', x, end=2), self.size(size), axis=0)
        modes: dict[str, Any] = {
            'mode': 'linear',
            'coordinate_transformation_mode': 'align_corners' if align_corners else 'half_pixel',
        }
        return self.add('Resize', x, '', '', shape, **modes)

    def pad(self, x: str, below: str | Sequence[int], *, above: int = 0, value: float = 0.0) -> str:
        """Pad a map above and on the left, and below and on the right, where there is something to pad.

        Args:
            x: The map.
            below: Rows below and columns on the right: numbers, or a name.
            above: Rows above and columns on the left.
            value: What it is padded with.
        """
        if above == 0 and not isinstance(below, str) and not any(below):
            return x
        pads = [0, 0, above, above, 0, 0]
        if isinstance(below, str):
            amounts = self.add('Concat', self.constant(pads, np.int64), below, axis=0)
        else:
            amounts = self.constant([*pads, *below], np.int64)
        return self.add('Pad', x, amounts, self.constant(value))

    def annotate(self, metadata: Mapping[str, str]) -> None:
        """Add texts that runtimes show and do not read."""
        helper.set_model_props(self._model, dict(metadata))

    def write(self, file: IO[bytes]) -> None:
        """Write the model to a file.

        Raises:
            ValueError: It is too large for a file of ONNX.
        """
        write_model(self._model, self._graph, self._stored, file)
