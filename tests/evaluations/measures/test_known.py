import pytest

from chainercv_seg.evaluations.measures import MEASURES, make_measures


def test_each_is_made_once_in_the_order_in_which_they_are_shown():
    groups = {'a': 'all', 'b': 'all'}
    names = [*reversed(MEASURES), 'dice']
    made = make_measures(names, label_names=('a', 'b'), groups=groups)
    assert tuple(measure.name for measure in made) == MEASURES


def test_one_that_there_is_not_is_named():
    with pytest.raises(ValueError, match="no measure 'hausdorff': expected some of dice, "):
        make_measures(['dice', 'hausdorff'], label_names=('a',))


@pytest.mark.parametrize('groups', [None, {}, {'a': 'x'}, {'a': 'x', 'b': 'x', 'c': 'x'}])
def test_groups_name_each_class(groups):
    with pytest.raises(ValueError, match='groups must name each class once'):
        make_measures(['groups'], label_names=('a', 'b'), groups=groups)
