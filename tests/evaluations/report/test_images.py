import re

import numpy as np

from chainercv_seg.evaluations import ConfusionMatrix
from chainercv_seg.evaluations.per_image import PerImageCollector
from chainercv_seg.evaluations.report.images import images_section


def per_image(accuracies, **arguments):
    collector = PerImageCollector(2)
    for i, accuracy in enumerate(accuracies):
        matrix = ConfusionMatrix(2)
        if accuracy is not None:
            matrix.counts[0, 0] = 100 * accuracy
            matrix.void_predictions[0] = 100 - 100 * accuracy
        collector.add(i, matrix)
    names = [f'<{i}>' for i in range(len(accuracies))]
    return collector.collected(names, ('a', 'b'), **arguments)


def test_each_image_is_in_a_bar():
    text = images_section(per_image([0, 0.1, 0.11, 0.5, 1, None]))
    bars = re.findall(r'<title>(\d+) images from (\d+) to', text)
    assert bars == [('1', '0'), ('2', '8'), ('1', '48'), ('1', '96')]
    assert 'An image has 34.20 on average' in text
    assert '<code>&lt;0&gt;</code> with 0.00' in text


def test_groups_have_their_own_scores_the_lowest_first():
    groups = ['x', 'y', 'x', '<z>', 'z']
    text = images_section(per_image([0.9, 0.2, 0.7, 0.4, None], groups=groups, unit='places'))
    rows = re.findall(r'<tr><th>(.*?)</th><td.*?>(.*?)</td><td.*?>(.*?)</td>', text)
    assert rows == [
        ('y', '1', '20.00'),
        ('&lt;z&gt;', '1', '40.00'),
        ('x', '2', '80.00'),
        ('z', '1', '-'),
    ]
    assert '<th>places</th>' in text


def test_of_many_groups_the_lowest_are_shown():
    groups = [f'g{i:03}' for i in range(70)]
    text = images_section(per_image(np.linspace(0, 1, 70).round(2), groups=groups))
    assert len(re.findall(r'<tr><th>g\d', text)) == 60
    assert 'And 10 more' in text


def test_without_any_score_there_is_no_section():
    assert images_section(per_image([None, None])) == images_section(per_image([])) == ''
