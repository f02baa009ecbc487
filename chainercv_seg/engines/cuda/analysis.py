"""What is known of a program before any sizes are: which maps are stored, and how. Pure planning."""

from dataclasses import replace
from functools import cached_property
from typing import NoReturn

from chainercv_seg.engines.cuda.arithmetic import padded, wants_parts
from chainercv_seg.engines.program import (
    Convolution,
    Join,
    Map,
    Node,
    Program,
    Separable,
    Unpool,
    Weights,
)
from chainercv_seg.engines.small_maps import is_join_with_means, is_mean


def _gone() -> NoReturn:
    raise TypeError('the weights of a compiled program are prepared already')


def _without_weights(node: Node) -> Node:
    if isinstance(node, Separable):
        return replace(
            node,
            weights=Weights(node.weights.shape, _gone),
            pointwise=Weights(node.pointwise.shape, _gone),
        )
    if isinstance(node, Convolution):
        return replace(node, weights=Weights(node.weights.shape, _gone))
    return node


class Analysis:
    """A program as the engine sees it.

    Args:
        program: The program.
        precision: In which it is computed.
        parts: Whether float32 may be computed from high and low parts.
    """

    def __init__(self, program: Program, precision: str, *, parts: bool = True) -> None:
        self.program, self._may_split = program, parts
        self.nodes = program.nodes
        self.precision = precision

    def without_weights(self) -> 'Analysis':
        """The same, without what refers to a network's parameters. It can be pickled."""
        program = Program()
        program.nodes = [_without_weights(node) for node in self.nodes]
        return Analysis(program, self.precision, parts=self._may_split)

    @cached_property
    def commuting(self) -> frozenset[int]:
        """Joins whose small maps stay small: convolutions of them are moved before the resizing."""
        return frozenset(
            number for number in range(len(self.nodes)) if is_join_with_means(self.program, number)
        )

    def large(self, join: int) -> tuple[Map, ...]:
        """The maps of a commuting join that are not small."""
        return tuple(
            part for part in self._join(join).maps if not is_mean(self.program, part.number)
        )

    def source(self, number: int) -> int:
        """Tell which map convolutions of a map read: of a commuting join of one large map that map."""
        if number in self.commuting and self.large(number) == (self._join(number).x,):
            return self._join(number).x.number
        return number

    def _join(self, number: int) -> Join:
        node = self.nodes[number]
        assert isinstance(node, Join)
        return node

    @cached_property
    def data_reads(self) -> dict[int, list[int]]:
        """Of each stored map the operations that read its numbers, once for each time that they do."""
        reads: dict[int, list[int]] = {number: [] for number in range(len(self.nodes))}
        for number, node in enumerate(self.nodes):
            if isinstance(node, Join):
                if self.source(number) == number:
                    for part in self.parts(number):
                        reads[part.number].append(number)
                continue
            if isinstance(node, Convolution):
                x = node.x.number
                reads[self.source(x)].append(number)
                if x in self.commuting:
                    for part in self._join(x).maps:
                        if part not in self.large(x):
                            reads[part.number].append(number)
            elif node.x is not None:
                reads[node.x.number].append(number)
            if node.add is not None:
                reads[node.add.number].append(number)
        return reads

    @cached_property
    def split(self) -> frozenset[int]:
        """Maps that are stored in high and low parts: some convolution of them is better computed so."""
        found = set()
        for node in self.nodes:
            if type(node) is not Convolution:
                continue
            x, (_, C, *ksize) = node.x.number, node.weights.shape
            if x in self.commuting:
                C = sum(part.channels for part in self.large(x))
                found |= {
                    part.number
                    for part in self._join(x).maps
                    if part not in self.large(x) and self._wants_parts(part.channels, 1)
                }
            if self._wants_parts(C, ksize[0] * ksize[1]):
                found.add(self.source(x))
        return frozenset(found)

    def splits_between(self, node: Separable) -> bool:
        """Tell whether what lies between the two convolutions of an operation is in parts."""
        return self._wants_parts(node.weights.shape[0], 1)

    def _wants_parts(self, channels: int, taps: int) -> bool:
        return self._may_split and wants_parts(self.precision, channels, taps)

    @cached_property
    def deferred(self) -> frozenset[int]:
        """Convolutions whose sums are finished by what reads them: the scores, or one unpooling."""
        last = len(self.nodes) - 1
        return frozenset(
            number
            for number, node in enumerate(self.nodes)
            if isinstance(node, Convolution)
            and not node.pool
            and (
                number == last
                or (
                    len(self.data_reads[number]) == 1
                    and isinstance(self.nodes[self.data_reads[number][0]], Unpool)
                    and node.x.number not in self.commuting
                )
            )
        )

    @cached_property
    def in_place(self) -> dict[int, tuple[int, int]]:
        """Maps that only a join reads, and of it the number and the channel from which they lie in it.

        They can be written where they belong if they have the size of the join.
        """
        found = {}
        for number, node in enumerate(self.nodes):
            if not isinstance(node, Join) or self.source(number) != number:
                continue
            channel = 0
            for part in self.parts(number):
                writer = self.nodes[part.number]
                if (
                    self.is_whole(number)
                    and isinstance(writer, Convolution)
                    and not writer.pool
                    and self.data_reads[part.number] == [number]
                ):
                    found[part.number] = number, channel
                channel += part.channels
        return found

    def parts(self, join: int) -> tuple[Map, ...]:
        """The maps that are put behind each other."""
        return self.large(join) if join in self.commuting else self._join(join).maps

    def is_whole(self, join: int) -> bool:
        """Tell whether no map that is joined has channels in memory that mean nothing."""
        return all(padded(p.channels, self.precision) == p.channels for p in self.parts(join))
