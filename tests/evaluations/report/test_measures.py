"""What other measures say, in the report of an evaluation and in the page of a comparison."""

import re
from dataclasses import replace

from chainercv_seg.evaluations import EvaluationResult
from chainercv_seg.evaluations.bootstrap import bootstrap
from chainercv_seg.evaluations.comparison import compare
from chainercv_seg.evaluations.drawn_images import DrawnImages
from chainercv_seg.evaluations.measures import MEASURES, make_measures
from chainercv_seg.evaluations.measures.measure import mean_title
from chainercv_seg.evaluations.measures.sums import MeasureSums
from chainercv_seg.evaluations.report import write_comparison_page, write_report
from chainercv_seg.evaluations.saved_measures import common_measures
from chainercv_seg.evaluations.saved_results import read_results
from tests.evaluations.report.test_page import Page
from tests.evaluations.saved import COLORS, NAMES, save

GROUPS = dict(zip(NAMES, ('flat', 'house & co', 'none', 'flat'), strict=True))
ALL = make_measures(MEASURES, label_names=NAMES, groups=GROUPS)


def result_of(folder):
    """The saved result, with what measures say of it, and with intervals."""
    save(folder, 0.7, measures=ALL)
    (saved,) = read_results([folder])
    per_image, sums = saved.per_image, MeasureSums(ALL, NAMES)
    for i in range(len(per_image)):
        tallies = {name: tallies[i] for name, tallies in per_image.tallies.items()}
        sums.add(i, per_image.counts(i), tallies)
    total = per_image.total()
    return EvaluationResult(
        total.counts,
        total.void_predictions,
        NAMES,
        measures=sums.scores(total, 'skip'),
        intervals=bootstrap(DrawnImages(per_image, ALL), draws=200),
    )


def written(result, path):
    write_report(result, path, title='t', label_colors=COLORS)
    text = path.read_text(encoding='utf-8')
    return text, Page(text)


def test_every_score_is_in_the_report_with_its_interval(tmp_path):
    result = result_of(tmp_path / 'a')
    text, page = written(result, tmp_path / 'report.html')
    for measure in result.measures:
        assert measure.definition in page.text
        for k, (name, score) in enumerate(measure.scores.items()):
            assert name in page.text
            shown = '-' if score != score else f'{100 * score:.2f}'
            interval = result.interval_text(measure.key, k)
            assert f'>{shown}</td><td class="number quiet">{interval}</td>' in text
        for name, score in measure.means.items():
            assert f'{mean_title(name)}{100 * score:.2f}{result.interval_text(name)}' in page.text
    assert text.count('<div class="wide"><table') + text.count('class="how"') == len(
        page.all('table')
    )


def test_without_intervals_there_are_no_columns_for_them(tmp_path):
    result = replace(result_of(tmp_path / 'a'), intervals=None)
    text, page = written(result, tmp_path / 'report.html')
    assert 'interval' not in page.text
    assert 'boundary IoU' in page.text
    assert '<td class="number quiet">' not in text


def test_without_measures_there_is_no_section(tmp_path):
    result = replace(result_of(tmp_path / 'a'), measures=())
    assert 'Other measures' not in written(result, tmp_path / 'report.html')[1].text


def test_a_comparison_shows_every_measure(tmp_path):
    for name, skill in (('a', 0.9), ('b', 0.5)):
        save(tmp_path / name, skill, seed=len(name), measures=ALL)
    results = read_results([tmp_path / 'a', tmp_path / 'b'])
    comparison = compare(results, measures=common_measures(results), draws=200)
    write_comparison_page(comparison, tmp_path / 'compare.html')
    text = (tmp_path / 'compare.html').read_text(encoding='utf-8')
    headings = re.findall('<h2>(.*?)</h2>', text)
    assert headings[1:-2] == [
        *('Dice', 'Boundary IoU', 'Trimap accuracy, px', 'IoU by image', 'IoU of groups'),
    ]
    assert text.count('better mean"') + text.count('worse mean"') + text.count('apart mean"') == 4
    assert 'house &amp; co' in text
    assert len(Page(text).all('table')) == text.count('<div class="wide"><table')
