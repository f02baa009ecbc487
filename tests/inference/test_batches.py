"""Batching of network inputs."""

import weakref
from itertools import chain

import numpy as np
import pytest

from chainercv_seg.inference.batches import scores_in_order


def inputs(shapes, read=None):
    """One image for each list of heights; the values number the inputs."""
    number = 0
    for image, heights in enumerate(shapes):
        for height in heights:
            if read is not None:
                read.append((image, height))
            yield image, np.full((3, height, 2), number, 'f')
            number += 1


def run(shapes, batchsize, read=None):
    batches = []

    def score(x):
        batches.append([int(sample[0, 0, 0]) for sample in x])
        return x[:, :1]

    scores = scores_in_order(inputs(shapes, read), score, batchsize=batchsize, xp=np)
    return scores, batches


@pytest.mark.parametrize('batchsize', [1, 2, 3, 8, 100])
@pytest.mark.parametrize(
    'shapes',
    [
        [],
        [[4]],
        [[4], [4], [4]],
        [[4, 4, 4, 4, 4], [4, 4]],
        [[2, 4, 6]] * 5,
        [[4], [6, 6, 6, 6], [4]],
        [[4], [6], [4], [4], [6], [2], [4], [6]],
    ],
)
def test_scores_come_in_the_order_of_the_inputs(shapes, batchsize):
    scores, batches = run(shapes, batchsize)
    found = [(int(s[0, 0, 0]), s.shape[1]) for s in scores]
    assert found == list(enumerate(height for heights in shapes for height in heights))
    assert all(1 <= len(batch) <= batchsize for batch in batches)
    assert sorted(chain(*batches)) == list(range(len(found)))


def test_inputs_of_one_image_and_of_several_share_batches():
    scores, batches = run([[4, 4, 4], [4], [4, 4]], 4)
    list(scores)
    assert batches == [[0, 1, 2, 3], [4, 5]]


def test_inputs_of_one_shape_meet_across_other_shapes():
    scores, batches = run([[4, 6], [4, 6], [4, 6]], 3)
    list(scores)
    assert batches == [[0, 2, 4], [1, 3, 5]]


def test_no_more_is_read_than_a_batch_needs():
    read = []
    scores, _ = run([[4]] * 10, 3, read)
    next(scores)
    assert len(read) == 3


def test_no_more_than_a_batch_of_images_is_read_ahead():
    read = []
    scores, _ = run([[2 + i] for i in range(20)], 3, read)
    for done, _ in enumerate(scores):
        assert max(image for image, _ in read) <= done + 3


def test_a_batch_is_let_go_when_the_next_one_is_scored():
    alive = []

    def score(x):
        assert all(ref() is None for ref in alive)
        scores = x[:, :1].copy()
        alive.append(weakref.ref(scores))
        return scores

    for scores in scores_in_order(inputs([[4, 4], [4, 4], [4]]), score, batchsize=2, xp=np):
        assert scores.base is not None  # a view of the batch
        del scores
    assert len(alive) == 3


@pytest.mark.parametrize('batchsize', [0, -1, 1.5, None])
def test_a_batchsize_that_is_no_positive_integer_is_refused(batchsize):
    scores, _ = run([[4]], batchsize)
    with pytest.raises(ValueError, match='batchsize should be a positive integer'):
        next(scores)
