import re

import numpy as np
import pytest

from chainercv_seg.evaluations import EvaluationResult
from chainercv_seg.evaluations.report.confusion import matrix_svg, most_confused, row_shares


def result(counts, void=None):
    n = len(counts)
    return EvaluationResult(
        np.array(counts),
        np.zeros(n, int) if void is None else np.array(void),
        tuple(f'class{i}' for i in range(n)),
    )


def test_rows_sum_to_one_where_there_is_truth():
    shares, columns = row_shares(result([[3, 1], [0, 0]]))
    np.testing.assert_array_equal(shares, [[0.75, 0.25], [0, 0]])
    assert columns == ('class0', 'class1')


def test_void_predictions_are_a_column_of_their_own():
    shares, columns = row_shares(result([[3, 0], [0, 1]], void=[1, 0]))
    np.testing.assert_array_equal(shares, [[0.75, 0, 0.25], [0, 1, 0]])
    assert columns[-1] == 'void'


def test_the_largest_confusions_come_first():
    text = most_confused(result([[9, 5, 0], [7, 9, 0], [0, 1, 9]], void=[0, 6, 0]))
    rows = re.findall(r'<td>(\w+)</td><td>(\w+)</td><td class="number">(\d+)', text)
    assert rows == [
        ('class1', 'class0', '7'),
        ('class1', 'void', '6'),
        ('class0', 'class1', '5'),
        ('class2', 'class1', '1'),
    ]


@pytest.mark.parametrize(('n', 'numbers'), [(3, 3), (100, 0)])
def test_cells_have_numbers_where_there_is_room(n, numbers):
    svg = matrix_svg(result(np.eye(n, dtype=int)))
    assert svg.count('>100</text>') == numbers
    assert svg.count('>class0</text>') == 2
