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

    def shape_like(self, x: str, *, of: str) -> str:
        """Return the shape of a map ``x`` at the height and width of another."""
        return self.add('Concat', self.add('Shape', x, start=0, end=2), self.size_of(of), axis=0)

    def size_of(self, x: str) -> str:
        """Return the height and width ``(2,)`` of a map."""
        return self.add('Shape', x, start=2, end=4)

    def cut(self, x: str, size: str | Sequence[int]) -> str:
        """Keep the upper left of a map. The size are numbers, or the name of ``(2,)`` int64."""
        start, axes = self.constant([0, 0], np.int64), self.constant([2, 3], np.int64)
        end = size if isinstance(size, str) else self.constant(size, np.int64)
        return self.add('Slice', x, start, end, axes)

    def resize(self, x: str, shape: str) -> str:
        """Resize a map bilinearly to a shape ``(4,)``, corners aligned."""
        modes: dict[str, Any] = {
            'mode': 'linear',
            'coordinate_transformation_mode': 'align_corners',
        }
        return self.add('Resize', x, '', '', shape, **modes)

    def annotate(self, metadata: Mapping[str, str]) -> None:
        """Add texts that runtimes show and do not read."""
        helper.set_model_props(self.model, dict(metadata))
