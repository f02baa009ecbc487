"""What cuDNN is asked for."""

import numpy as np
import pytest

from chainercv_seg.engines.cuda.problem import Problem

PROBLEM = Problem(
    x=(2, 8, 9, 11), kernel=(4, 8, 3, 2), stride=(2, 1), pad=(1, 2), dilate=(1, 3), precision='tf32'
)


def test_the_result_is_as_large_as_there_are_positions():
    assert PROBLEM.y == (2, 4, 5, 12)
    assert Problem(x=(1, 4, 7, 7), kernel=(8, 4, 7, 7)).y == (1, 8, 1, 1)


@pytest.mark.parametrize(
    ('kind', 'operands'),
    [
        ('forward', ['x', 'kernel', 'y']),
        ('data', ['y', 'kernel', 'x']),
        ('weights', ['x', 'y', 'kernel']),
    ],
)
def test_each_kind_has_its_operands(kind, operands):
    problem = Problem(kind=kind, x=PROBLEM.x, kernel=PROBLEM.kernel)
    assert list(problem.shapes) == [getattr(problem, name) for name in operands]
    assert list(problem.nbytes) == [4 * np.prod(shape) for shape in problem.shapes]


@pytest.mark.parametrize('last', [False, True])
def test_strides_are_those_of_the_layout(last):
    problem = Problem(x=PROBLEM.x, kernel=PROBLEM.kernel, channels_last=last)
    N, C, H, W = problem.x
    array = np.zeros((N, H, W, C), 'B').transpose(0, 3, 1, 2) if last else np.zeros(problem.x, 'B')
    assert problem.strides(problem.x) == list(array.strides)


def test_a_key_tells_all_problems_apart():
    others = [
        PROBLEM,
        PROBLEM.alone,
        *(
            Problem(**{**vars(PROBLEM), **change})
            for change in (
                {'kind': 'data'},
                {'kernel': (4, 8, 3, 3)},
                {'stride': (1, 1)},
                {'pad': (0, 0)},
                {'dilate': (1, 1)},
                {'channels_last': True},
                {'precision': 'float16'},
            )
        ),
    ]
    assert len({problem.key for problem in others}) == len(others)
    assert PROBLEM.alone.x == (1, 8, 9, 11)
