import numpy as np

from chainercv_seg.evaluations import EvaluationResult


def test_names_cannot_steer_the_terminal():
    names = ('road', '\x1b[2J\x1b[31mred', 'a\nb', 'x\u202ey')
    result = EvaluationResult(
        np.eye(4, dtype=int), np.zeros(4, int), names, protocol={'data': 'a\nmean IoU 100.00'}
    )
    rows = result.table().splitlines()
    assert len(rows) == 9
    assert rows[2].startswith(r'\x1b[2J\x1b[31mred ')
    assert all(row.isprintable() for row in rows)
    assert len({len(row) for row in rows[:5]}) == 1
    assert result.protocol_line() == r'protocol: data a\nmean IoU 100.00'
