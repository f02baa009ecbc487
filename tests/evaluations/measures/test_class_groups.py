"""IoU of groups against the category scores of Cityscapes' official code, and by hand."""

import json
import subprocess
import sys
from importlib.util import find_spec

import numpy as np
import pytest

from chainercv_seg.datasets.cityscapes_labels import (
    cityscapes_label_categories,
    cityscapes_label_format,
    cityscapes_semantic_segmentation_label_names,
)
from chainercv_seg.evaluations import ConfusionMatrix
from chainercv_seg.evaluations.measures.class_groups import GroupIoU
from chainercv_seg.evaluations.measures.sums import MeasureSums

# In a process of its own: it keeps its state in the module.
OFFICIAL = """
import json, sys
import numpy as np
from cityscapesscripts.evaluation import evalPixelLevelSemanticLabeling as official

table = np.array(json.load(sys.stdin), dtype=np.ulonglong)
official.generateMatrix(official.args)  # fills in the labels that count
names = sorted(official.category2labels)
scores = {name: official.getIouScoreForCategory(name, table, official.args) for name in names}
print(json.dumps(scores))
"""


def scores(groups, counts, void=0, absent_class='skip'):
    matrix = ConfusionMatrix(len(counts))
    matrix.counts[...], matrix.void_predictions[...] = counts, void
    return MeasureSums([GroupIoU(groups)], tuple(groups)).scores(matrix, absent_class)[0]


@pytest.mark.skipif(
    find_spec('cityscapesscripts') is None, reason='cityscapesscripts is not installed'
)
def test_the_categories_of_cityscapes_have_the_official_scores():
    rng = np.random.RandomState(0)
    counts, void = rng.randint(0, 999, (19, 19)), rng.randint(0, 99, 19)
    ids = list(cityscapes_label_format.values)
    table = np.zeros((34, 34), int)
    table[np.ix_(ids, ids)] = counts
    table[ids, 0] = void
    output = subprocess.check_output(
        [sys.executable, '-c', OFFICIAL], input=json.dumps(table.tolist()), text=True
    )
    expected = {name: score for name, score in json.loads(output).items() if not np.isnan(score)}
    assert tuple(cityscapes_label_categories) == cityscapes_semantic_segmentation_label_names
    found = scores(cityscapes_label_categories, counts, void)
    assert found.scores == pytest.approx(expected, abs=1e-12)
    assert found.means['mean_group_iou'] == pytest.approx(np.mean(list(expected.values())))


def test_computed_by_hand():
    """What is mistaken within a group is right: 1 + 2 + 3 + 4 of 10 + 5 (missed) + 6 (too many)."""
    counts = [[1, 2, 5], [3, 4, 0], [6, 0, 7]]
    found = scores({'car': 'vehicle', 'bus': 'vehicle', 'road': 'flat'}, counts)
    assert found.scores == {'vehicle': 10 / 21, 'flat': 7 / 18}
    assert found.definition == 'vehicle: car, bus; flat: road'


def test_groups_of_one_class_are_the_classes():
    counts = np.arange(9).reshape(3, 3)
    found = scores({k: k for k in 'abc'}, counts, void=[1, 2, 3])
    union = counts.sum(0) + counts.sum(1) + [1, 2, 3] - np.diag(counts)
    assert list(found.scores.values()) == pytest.approx(list(np.diag(counts) / union))
