"""A graph of ONNX while it is written."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

#: The operators that graphs are written in. Runtimes since 2022 know them.
OPSET = 17
#: The version of the file format that belongs to it.
_IR_VERSION = 8


class Graph:
    """Operations and constants, written one after the other.

    Nothing is held twice: each constant is copied into the model when it is written.

    Attributes:
        model: The model, with all that has been written so far.
    """

    def __init__(self) -> None:
        self.model = onnx.ModelProto(ir_version=_IR_VERSION, producer_name='chainercv_seg')
        self.model.opset_import.add(domain='', version=OPSET)
        self.model.graph.name = 'network'
        self._shared: dict[tuple[Any, ...], str] = {}

    def input(self, name: str, shape: Sequence[int | str]) -> str:
        """Declare an input of float32. Lengths that are words may be any."""
        self._declare(self.model.graph.input, name, TensorProto.FLOAT, shape)
        return name

    def output(self, name: str, dtype: Any, shape: Sequence[int | str]) -> None:
        """Declare an output, which some operation was told to call so."""
        kind = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
        self._declare(self.model.graph.output, name, kind, shape)

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
        number = len(self.model.graph.node)
        names = [name or f'{operator}_{number}']
        names += [f'{operator}_{number}_{i}' for i in range(1, outputs)]
        node = helper.make_node(operator, inputs, names, f'{operator}_{number}', **attributes)
        self.model.graph.node.append(node)
        return names[0] if outputs == 1 else names

    def weights(self, array: np.ndarray) -> str:
        """Write an array that the graph holds, as float32."""
        return self._store(np.ascontiguousarray(array, np.float32), 'weights')

    def constant(self, values: Any, dtype: Any = np.float32) -> str:
        """Write numbers that the graph holds; the same ones once."""
        array = np.asarray(values, dtype)
        key = (array.dtype.str, array.shape, array.tobytes())
        if key not in self._shared:
            self._shared[key] = self._store(array, 'constant')
        return self._shared[key]

    def _store(self, array: np.ndarray, kind: str) -> str:
        name = f'{kind}_{len(self.model.graph.initializer)}'
        self.model.graph.initializer.append(numpy_helper.from_array(array, name))
        return name

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

    def resize(self, x: str, size: str | Sequence[int]) -> str:
        """Resize a map bilinearly, corners aligned; arguments as of `cut`."""
        shape = self.add('Concat', self.add('Shape', x, end=2), self.size(size), axis=0)
        modes: dict[str, Any] = {
            'mode': 'linear',
            'coordinate_transformation_mode': 'align_corners',
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
        helper.set_model_props(self.model, dict(metadata))
