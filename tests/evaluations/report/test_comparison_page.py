import re

import numpy as np
import pytest
from PIL import Image

from chainercv_seg.evaluations.comparison import compare
from chainercv_seg.evaluations.report import write_comparison_page
from chainercv_seg.evaluations.saved_results import read_results
from chainercv_seg.utils.errors import UserError
from tests.evaluations.report.test_page import Page
from tests.evaluations.saved import NAMES, save


def saved(tmp_path, *names, **arguments):
    for seed, name in enumerate(names):
        save(tmp_path / name, 0.8 - 0.2 * seed, seed=seed, **arguments)
    return compare(read_results([tmp_path / name for name in names]), draws=200)


def write(comparison, tmp_path, **arguments):
    write_comparison_page(comparison, tmp_path / 'compare.html', command='compare', **arguments)
    text = (tmp_path / 'compare.html').read_text(encoding='utf-8')
    return text, Page(text)


def test_it_needs_neither_network_nor_scripts_and_suits_phones(tmp_path):
    text, page = write(saved(tmp_path, 'a', 'b', predictions=True), tmp_path)
    assert page.all('script') == page.all('link') == page.all('iframe') == []
    for _, attributes in page.elements:
        assert not any(name.startswith('on') for name in attributes)
        for name in ('src', 'href', 'srcset'):
            assert attributes.get(name, 'data:image/').startswith('data:image/')
    without_pictures = re.sub(r'data:image/\w+;base64,[\w+/=]+', '', text)
    assert not re.search(r'https?:|url\(|@import|//', without_pictures)
    metas = {meta.get('name'): meta.get('content') for meta in page.all('meta')}
    assert metas['viewport'] == 'width=device-width, initial-scale=1'
    assert 'prefers-color-scheme: dark' in text


def test_it_says_which_is_better_and_by_how_much(tmp_path):
    comparison = saved(tmp_path, 'a', 'b', 'c')
    _, page = write(comparison, tmp_path)
    for name in 'bc':
        assert f'{name} is worse than a: mean IoU -' in page.text
    for row in comparison.of('iou'):
        assert row.title in page.text
    assert all(name in page.text for name in NAMES)
    assert 'intervals: 95 %' in page.text.lower()
    assert 'w.npz, SHA-256 ab' in page.text


def test_marks_stand_where_the_differences_are(tmp_path):
    comparison = saved(tmp_path, 'a', 'b')
    text, _ = write(comparison, tmp_path)
    rows = [row for row in comparison.rows if row.k is None]
    found = [float(left) for left in re.findall(r'<b style="left:([\d.]+)%"', text)][: len(rows)]
    changes = [row.changes[0] for row in rows]
    scale = max(max(-change.low, change.high) for change in changes)
    expected = [50 + 48 * change.difference / scale for change in changes]
    np.testing.assert_allclose(found, expected, atol=0.06)


def test_each_image_with_a_score_is_a_dot(tmp_path):
    comparison = saved(tmp_path, 'a', 'b')
    _, page = write(comparison, tmp_path)
    assert len(page.all('circle')) == 12
    for circle in page.all('circle'):
        assert 0 <= float(circle['cx']) <= 352
        assert 0 <= float(circle['cy']) <= 324


def test_predictions_that_were_saved_are_shown_and_images_that_are_given(tmp_path):
    comparison = saved(tmp_path, 'a', 'b', predictions=True)
    _, page = write(comparison, tmp_path)
    first = comparison.moved(1, 1)[0].name
    shown = [img['alt'] for img in page.all('img')]
    assert shown[:3] == [f'{what} of {first}' for what in ('a', 'b', 'where they differ')]
    assert len(shown) == 3 * 6
    (tmp_path / 'images' / 'deep').mkdir(parents=True)
    for name in comparison.results[0].per_image.names:
        Image.new('RGB', (9, 8)).save(tmp_path / 'images' / 'deep' / f'{name}.png')
    _, page = write(comparison, tmp_path, images=tmp_path / 'images')
    assert page.all('img')[0]['alt'] == f'image of {first}'


def test_without_saved_predictions_there_are_no_pictures(tmp_path):
    _, page = write(saved(tmp_path, 'a', 'b'), tmp_path)
    assert page.all('img') == []
    assert 'image 0' in page.text


def test_a_damaged_prediction_is_an_error_that_names_it(tmp_path):
    comparison = saved(tmp_path, 'a', 'b', predictions=True)
    for path in (tmp_path / 'b' / 'p').iterdir():
        path.write_bytes(b'\x89PNG')
    with pytest.raises(UserError, match=r'b/p/image'):
        write(comparison, tmp_path)
    assert not (tmp_path / 'compare.html').exists()


def test_names_cannot_break_the_page(tmp_path):
    comparison = saved(tmp_path, '<i>a', 'b\x1b[31m', image='<script>\u202e{}'.format)
    text, page = write(comparison, tmp_path)
    assert page.all('script') == []
    assert '<i>a' in page.text
    assert not set(text) & set('\x1b\u202e')
