"""The licence and the model card beside exported weights."""

from pathlib import Path

import pytest

from chainercv_seg.export.card import model_card
from chainercv_seg.export.exported import Exported
from chainercv_seg.export.license_file import license_text
from chainercv_seg.export.subject import Subject, config
from chainercv_seg.links import SegNetBasic
from chainercv_seg.weights import get_weights

LICENSE = Path(__file__).parents[2] / 'LICENSE'


@pytest.fixture(scope='module')
def link():
    return SegNetBasic(2)


def subject(link, record, weights='W'):
    colors = [(0, 0, 0), (1, 2, 3)]
    return Subject(
        link, 'segnet', {'n_class': 2}, ['a|b', '*c*'], colors, weights, '0' * 64, record
    )


def test_weights_under_the_licence_of_the_package_have_its_text(link):
    text = license_text(subject(link, get_weights('segnet', 'synthetic')))
    assert text == LICENSE.read_text('utf-8')


@pytest.mark.parametrize(
    ('name', 'part'),
    [('camvid_scratch', 'CC BY-NC 4.0'), ('camvid', 'No licence is stated'), (None, 'not known')],
)
def test_others_say_what_is_known(link, name, part):
    record = None if name is None else get_weights('segnet', name)
    assert part in license_text(subject(link, record))


def card(subject):
    exported = Exported({'f.bin': 'a file'}, 'use it', 'takes this', [], 'nothing', lambda: None)
    return model_card(subject, exported, files={'f.bin': 'a file', 'e.png': 'p'}, verified='well')


def test_names_of_others_are_text_in_the_card(link):
    text = card(subject(link, None, weights='evil\n# title <b>'))
    assert '| 0 | a\\|b | 0 0 0 |' in text
    assert '| 1 | \\*c\\* | 1 2 3 |' in text
    assert '# SegNetBasic with the weights evil\\\\n# title \\<b\\>' in text.splitlines()[0]
    assert 'None are known.' in text
    assert '](e.png)' in text


def test_scores_come_with_their_protocol(link):
    record = get_weights('segnet', 'camvid')
    assert '| camvid test | 49.40 % | single scale, whole image | ChainerCV 0.13.1 |' in card(
        subject(link, record)
    )
    (score,) = config(subject(link, record))['scores']
    assert score['miou'] == 0.494
    assert score['protocol'] == 'single scale, whole image'
