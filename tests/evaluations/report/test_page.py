import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from chainercv_seg.evaluations import ConfusionMatrix, EvaluationResult
from chainercv_seg.evaluations.bootstrap import bootstrap
from chainercv_seg.evaluations.drawn_images import DrawnImages
from chainercv_seg.evaluations.per_image import PerImageCollector
from chainercv_seg.evaluations.report import write_report
from chainercv_seg.evaluations.worst_images import WorstImages

NAMES = ('road', '<b>wall</b>', 'never', 'sky')
#: Elements that have no end.
VOID = {'meta', 'img', 'image', 'rect', 'br'}


class Page(HTMLParser):
    """Collects the elements of a page, and checks that they are closed in order."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.open, self.text = [], [], ''
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data

    def all(self, name):
        return [attributes for tag, attributes in self.elements if tag == name]


def write(path, n=6, **arguments):
    rng = np.random.RandomState(0)
    matrix, worst = ConfusionMatrix(4), WorstImages(4)
    for i in range(n):
        label = rng.choice([-1, 0, 1, 3], (10, 20))
        pred = np.where(rng.rand(10, 20) < 0.2, rng.choice([-1, 0, 1, 3], (10, 20)), label)
        pred[pred < 0] = rng.choice([-1, 0])
        counts = ConfusionMatrix(4)
        counts.update(pred, label)
        matrix.merge(counts)
        worst.rank(i, counts)
        worst.show(i, np.full((3, 10, 20), 40.0 * i), label, pred)
    result = EvaluationResult(
        matrix.counts,
        matrix.void_predictions,
        NAMES,
        protocol={'data': 'x & y', 'images': n, 'absent_class': 'skip'},
        weights='w.npz',
        weights_sha256='abc123',
        seconds=3.0,
    )
    write_report(
        result,
        path,
        title='net <1> on data',
        worst=worst,
        image_name='image_{}.png'.format,
        command="chainercv-seg 'a&b'",
        **arguments,
    )
    text = path.read_text(encoding='utf-8')
    return result, worst, text, Page(text)


def test_it_needs_neither_network_nor_scripts(tmp_path):
    _, _, text, page = write(tmp_path / 'report.html')
    assert page.all('script') == page.all('link') == page.all('iframe') == []
    for _, attributes in page.elements:
        assert not any(name.startswith('on') for name in attributes)
        for name in ('src', 'href', 'srcset'):
            assert attributes.get(name, 'data:image/').startswith('data:image/')
    without_pictures = re.sub(r'data:image/\w+;base64,[\w+/=]+', '', text)
    assert not re.search(r'https?:|url\(|@import|//', without_pictures)


def test_it_suits_phones_and_dark_mode(tmp_path):
    _, _, text, page = write(tmp_path / 'report.html')
    metas = {meta.get('name'): meta.get('content') for meta in page.all('meta')}
    assert metas['viewport'] == 'width=device-width, initial-scale=1'
    assert metas['color-scheme'] == 'light dark'
    assert 'prefers-color-scheme: dark' in text


def test_names_cannot_break_the_page(tmp_path):
    _, _, text, page = write(tmp_path / 'report.html')
    assert '<b>' not in text
    assert '<b>wall</b>' in page.text
    assert 'net <1> on data' in page.text
    assert "chainercv-seg 'a&b'" in page.text


def test_scores_stand_beside_the_published_figure(tmp_path):
    result, _, text, page = write(tmp_path / 'report.html', published=[(0.494, 'ChainerCV, test')])
    rows = re.findall(r'<tr><th>(.*?)</th><td.*?>(.*?)</td><td.*?>(.*?)</td>', text)
    assert rows[0] == ('mean IoU', f'{100 * result.miou:.2f}', '49.40')
    assert [published for _, _, published in rows[1:4]] == ['-', '-', '-']
    assert '49.40: ChainerCV, test' in page.text


def test_without_published_figure_it_says_so(tmp_path):
    _, _, _, page = write(tmp_path / 'report.html')
    assert 'No published figure' in page.text


def test_nothing_stands_in_a_column_of_dashes(tmp_path):
    _, _, text, _ = write(tmp_path / 'report.html')
    assert re.findall(r'<th[^>]*>([^<]*)</th>', text.partition('</thead>')[0]) == ['score', 'here']
    _, _, text, _ = write(tmp_path / 'report.html', published=[(0.494, 'ChainerCV, test')])
    assert '<th class="number">published</th>' in text


def test_intervals_and_images_are_shown_where_they_are_known(tmp_path):
    collector = PerImageCollector(4)
    result, *_ = write(tmp_path / 'report.html')
    for i in range(9):
        matrix = ConfusionMatrix(4)
        matrix.counts[...] = result.counts + 50 * i * np.diag([1, 1, 0, 1])
        collector.add(i, matrix)
    counts = collector.collected([f'image_{i}.png' for i in range(9)], NAMES)
    total = counts.total()
    sure = replace(result, counts=total.counts, intervals=bootstrap(DrawnImages(counts), draws=200))
    write_report(sure, tmp_path / 'report.html', title='t', per_image=counts)
    text = (tmp_path / 'report.html').read_text(encoding='utf-8')
    page = Page(text)
    low, high = sure.intervals.bounds['miou']
    assert f'{100 * low:.2f} to {100 * high:.2f}' in page.text
    assert 'bootstrap: 200 draws of 9 images, seed 0. Images are drawn as if' in page.text
    assert len(re.findall(r'<i style="left:', text)) == 3  # not of the class that never occurs
    assert 'Images' in page.text
    assert page.all('circle') == []


def test_every_table_can_scroll_where_it_is_wider_than_the_page(tmp_path):
    _, _, text, page = write(tmp_path / 'report.html')
    wrapped = text.count('<div class="wide"><table') + text.count('class="how"')
    assert wrapped == len(page.all('table'))
    assert '.wide { overflow-x: auto' in text


def test_bars_are_as_long_as_the_ious(tmp_path):
    result, _, text, _ = write(tmp_path / 'report.html')
    widths = [float(width) for width in re.findall(r'style="width:([\d.]+)%"', text)]
    np.testing.assert_allclose(widths, np.nan_to_num(100 * result.iou), atol=0.05)
    assert widths[2] == 0


def test_each_worst_image_is_shown_four_times(tmp_path):
    _, worst, _, page = write(tmp_path / 'report.html')
    shown = [img['alt'] for img in page.all('img')]
    assert len(shown) == 4 * sum(map(len, worst.ranking)) > 0
    name = f'image_{worst.ranking[0][0].index}.png'
    for what in ('image', 'truth', 'prediction', 'errors'):
        assert f'{what} of {name}' in shown


def test_it_says_how_the_result_came_about(tmp_path):
    _, _, _, page = write(tmp_path / 'report.html')
    assert 'w.npz, SHA-256 abc123' in page.text
    assert f'numpy {np.__version__}' in page.text
    assert 'x & y' in page.text


def test_a_result_without_mistakes_or_pixels_has_a_report(tmp_path):
    for counts in (np.zeros((2, 2), int), np.diag([3, 4])):
        result = EvaluationResult(counts, np.zeros(2, int), ('a', 'b'))
        write_report(result, tmp_path / 'report.html', title='t', worst=WorstImages(2))
        page = Page((tmp_path / 'report.html').read_text())
        assert 'No pixel was taken for another class' in page.text


def test_an_image_without_pictures_is_an_error_not_a_gap(tmp_path):
    worst, counts = WorstImages(2), ConfusionMatrix(2)
    counts.update(np.array([[0]]), np.array([[1]]))
    worst.rank(0, counts)
    result = EvaluationResult(counts.counts, counts.void_predictions, ('a', 'b'))
    with pytest.raises(KeyError):
        write_report(result, tmp_path / 'report.html', title='t', worst=worst)
    assert not (tmp_path / 'report.html').exists()


def test_no_name_steers_the_page_and_notes_are_shown(tmp_path):
    names = ('photo\u202egpj', 'a\x1b[31m\nb', '\udcff', '"><script>')
    worst, counts = WorstImages(4), ConfusionMatrix(4)
    label, pred = np.array([[0, 1, 2, 3]]), np.array([[1, 1, 0, -1]])
    counts.update(pred, label)
    worst.rank(0, counts)
    worst.show(0, np.zeros((3, 1, 4)), label, pred)
    result = EvaluationResult(counts.counts, counts.void_predictions, names, notes=('look at <b>',))
    write_report(
        result,
        tmp_path / 'report.html',
        title='\x1b]0;t\x07',
        worst=worst,
        image_name=lambda _: 'caf\udce9\u2066.png',
        command='score \udcff',
    )
    text = (tmp_path / 'report.html').read_text(encoding='utf-8')
    page = Page(text)
    assert not set(text) & set('\x1b\x07\u202e\u2066')
    assert page.all('script') == []
    for shown in (r'photo\u202egpj', r'a\x1b[31m\nb', r'\xff', r'caf\xe9\u2066.png', 'look at <b>'):
        assert shown in page.text
