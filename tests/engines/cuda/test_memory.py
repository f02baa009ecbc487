"""What is used at the same time lies side by side."""

import random

import pytest

from chainercv_seg.engines.cuda.memory import ALIGNMENT, FOREVER, Buffer, place


@pytest.mark.parametrize('seed', range(20))
def test_buffers_that_are_used_together_do_not_overlap(seed):
    rng = random.Random(seed)
    buffers = []
    for _ in range(60):
        first = rng.randrange(40)
        buffers.append(
            Buffer(rng.randrange(1, 5000), first, rng.choice([first, first + 3, FOREVER]))
        )
    size = place(buffers)
    for k, one in enumerate(buffers):
        assert one.offset % ALIGNMENT == 0
        assert 0 <= one.offset <= size - one.nbytes
        for other in buffers[:k]:
            apart = one.last < other.first or other.last < one.first
            assert apart or (
                one.offset + one.nbytes <= other.offset or other.offset + other.nbytes <= one.offset
            )


def test_memory_is_used_again_when_it_is_done_with():
    chain = [Buffer(1000, k, k + 1) for k in range(50)]
    assert place(chain) == 2 * 1024
    assert place([Buffer(1000, 0, FOREVER) for _ in range(5)]) == 5 * 1024
    assert place([]) == 0
