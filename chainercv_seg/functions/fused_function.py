"""What functions that do several of Chainer's at once have in common."""

from typing import Any

import chainer


class FusedFunction(chainer.FunctionNode):
    """A function whose gradients are computed at once, from arrays.

    Where gradients are to be differentiated again, they come from `plain` instead, which is made of
    functions of Chainer's.
    """

    def plain(self, *inputs: chainer.Variable) -> chainer.Variable:
        """Compute the same as the forward pass, by functions that can be differentiated twice."""
        raise NotImplementedError

    def gradients(
        self, indexes: tuple[int, ...], inputs: tuple[Any, ...], gy: Any
    ) -> dict[int, Any]:
        """Differentiate.

        Args:
            indexes: Numbers of the inputs that need a gradient.
            inputs: Arrays.
            gy: Array, the gradient of the output.

        Returns:
            Arrays by number of input; those that were not asked for may be there too.
        """
        raise NotImplementedError

    def backward(self, indexes: tuple[int, ...], grads: tuple[Any, ...]) -> tuple[Any, ...]:
        """Differentiate; the gradients can themselves be differentiated."""
        inputs = self.get_retained_inputs()
        (gy,) = grads
        if chainer.config.enable_backprop:
            wanted = [inputs[i] for i in indexes]
            y = self.plain(*inputs)
            return tuple(chainer.grad([y], wanted, [gy], enable_double_backprop=True))
        arrays = tuple(variable.array for variable in inputs)
        found = self.gradients(indexes, arrays, gy.array)
        return tuple(chainer.Variable(found[i], requires_grad=False) for i in indexes)
