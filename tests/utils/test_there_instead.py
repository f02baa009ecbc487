import pytest

from chainercv_seg.utils.there_instead import there_instead


@pytest.mark.parametrize(
    ('wanted', 'names', 'said'),
    [
        ('a', [], ''),
        ('a', ['z.txt'], ' There is z.txt.'),
        (
            'a.png',
            ['b.png', 'c.png', 'd.png', 'x/a_pred.png'],
            ' There are x/a_pred.png, b.png, c.png and 1 more.',
        ),
        ('street_01', ['zebra.png', 'street_O1.png'], ' There are street_O1.png and zebra.png.'),
        ('img7_leftImg8bit', ['img7.png', 'a.png'], ' There are img7.png and a.png.'),
    ],
)
def test_the_names_most_like_the_one_that_is_wanted_come_first(wanted, names, said):
    assert there_instead(wanted, names) == said
