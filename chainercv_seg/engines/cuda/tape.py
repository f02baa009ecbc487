"""The commands that compute a program for one shape, written down before any is run.

Maps are parts of one piece of memory, the arena. Where they lie is decided when all commands are known, so
that running them takes no memory and asks nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple, Protocol

import numpy as np

from chainercv_seg.engines.cuda.memory import Buffer, place
from chainercv_seg.engines.cuda.problem import Problem

#: Threads of a block of a kernel that goes through numbers one by one.
THREADS = 256
#: Kernels count quads in 32 bits, and step over the end by no more than all threads.
MOST_QUADS = 2**31 - 2**24


class Address(NamedTuple):
    """A place in a buffer of the arena."""

    buffer: Buffer
    shift: int = 0


@dataclass(frozen=True)
class _Kernel:
    function: Callable[..., None]
    grid: tuple[int, ...]
    block: tuple[int, ...]
    arguments: Sequence[Any]

    def bound(self, base: int) -> Callable[[], None]:
        arguments = tuple(
            np.intp(base + argument.buffer.offset + argument.shift)
            if isinstance(argument, Address)
            else argument
            for argument in self.arguments
        )
        return partial(self.function, self.grid, self.block, arguments)


@dataclass(frozen=True)
class _Convolution:
    plan: Any
    places: Sequence[Any]

    def bound(self, base: int) -> Callable[[], None]:
        return partial(
            self.plan,
            *(
                base + place.buffer.offset + place.shift if isinstance(place, Address) else place
                for place in self.places
            ),
        )


class Machine(Protocol):
    """What a tape needs of a device."""

    blocks: int

    def function(self, name: str) -> Callable[..., None]:
        """Return a kernel, called with grid, block and arguments."""

    def plan(self, problem: Problem) -> Any:
        """Return what computes a convolution: see `Plan`."""

    def pointer(self, array: Any) -> int:
        """Return the address of an array on the device."""


class Tape:
    """Commands in their order.

    Args:
        machine: The device.
    """

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self._commands: list[_Kernel | _Convolution] = []
        self._buffers: list[Buffer] = []
        self._run: list[Callable[[], None]] = []
        self._size: int | None = None

    def __len__(self) -> int:
        """Count the commands."""
        return len(self._commands)

    def buffer(self, nbytes: int) -> Address:
        """Ask for memory; it is there from the first command that uses it to the last."""
        self._buffers.append(Buffer(max(nbytes, 1)))
        return Address(self._buffers[-1])

    def keep(self, address: Address, command: int) -> None:
        """Let nothing else use a buffer between a command, 0 or `FOREVER`, and those that use it."""
        address.buffer.use(command)

    def kernel(self, name: str, count: int, *arguments: Any) -> None:
        """Write down a kernel that goes through numbers from 0 to ``count``.

        Args:
            name: Its name.
            count: How many.
            *arguments: Addresses, arrays on the device or None for pointers; ints and floats, which become
                32 bits wide, and NumPy's own scalars.

        Raises:
            ValueError: There are too many for 32 bits.
        """
        if count > MOST_QUADS:
            raise ValueError(
                f'a batch is too large for the GPU: {name} would count to {count}; use a smaller batchsize'
            )
        grid = (max(1, min(-(-count // THREADS), self.machine.blocks)),)
        self.kernel_on(name, grid, (THREADS,), *arguments)

    def kernel_on(
        self, name: str, grid: tuple[int, ...], block: tuple[int, ...], *arguments: Any
    ) -> None:
        """Write down a kernel with a grid of its own."""
        converted = [self._argument(argument) for argument in arguments]
        self._commands.append(_Kernel(self.machine.function(name), grid, block, converted))

    def convolve(self, problem: Problem, first: Any, second: Any, result: Address) -> None:
        """Write down a convolution of addresses or arrays on the device."""
        plan = self.machine.plan(problem)
        places = [first, second, result, self.buffer(plan.workspace)]
        self._commands.append(_Convolution(plan, [self._place(place) for place in places]))

    def finish(self) -> int:
        """Decide where everything lies; return the bytes that the arena must have."""
        if self._size is None:
            self._size = place(self._buffers)
        return self._size

    def bind(self, base: int) -> None:
        """Say where the arena begins."""
        self.finish()
        self._run = [command.bound(base) for command in self._commands]

    def run(self) -> None:
        """Run all commands, in the order of the current stream."""
        for command in self._run:
            command()

    def _argument(self, argument: Any) -> Any:
        if isinstance(argument, bool | int):
            return np.int32(argument)
        if isinstance(argument, float):
            return np.float32(argument)
        if isinstance(argument, np.generic):
            return argument
        found = self._place(argument)
        return found if isinstance(found, Address) else np.intp(found)

    def _place(self, place: Any) -> Any:
        """Note that a buffer is used now, or return the address of an array, 0 for None."""
        if isinstance(place, Address):
            place.buffer.use(len(self._commands))
            return place
        return 0 if place is None else self.machine.pointer(place)
