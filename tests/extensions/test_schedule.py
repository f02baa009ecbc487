import numpy as np
import pytest

from chainercv_seg.extensions import Schedule

# isort: split
import chainer
import chainer.links as L


@pytest.mark.parametrize(
    ('rule', 'expected'),
    [('constant', [2, 2, 2]), ('cosine', [2, 1, 0.0]), ('poly', [2, 2 * 0.5**0.9, 0.0])],
)
def test_rules_start_at_the_start_and_end_where_they_should(rule, expected):
    schedule = Schedule(rule, n_iteration=1000, attribute='lr', start=2.0)
    values = [schedule.value(i) for i in (0, 500, 999)]
    np.testing.assert_allclose(values, expected, atol=0.01)
    assert schedule.value(5000) == values[-1]


def test_the_value_is_set_before_each_update():
    link = L.Linear(1, 1, nobias=True, initialW=np.array([[0]], np.float32))
    optimizer = chainer.optimizers.SGD(lr=99.0).setup(link)
    optimizer.add_hook(Schedule('cosine', n_iteration=2, attribute='lr', start=1.0))
    places = []
    for _ in range(2):
        link.W.grad = np.array([[-1]], np.float32)
        optimizer.update()
        places.append(float(link.W.array[0, 0]))
    assert places == pytest.approx([1.0, 1.5])


def test_an_unknown_rule_is_an_error_that_lists_the_rules():
    with pytest.raises(ValueError, match='cosine'):
        Schedule('step', n_iteration=1, attribute='lr', start=1.0)
