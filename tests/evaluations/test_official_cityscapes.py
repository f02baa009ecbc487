"""Our scores against the official evaluation of Cityscapes, which runs on the files that we write."""

import json
import subprocess
import sys
from importlib.util import find_spec

import numpy as np
import pytest

from chainercv_seg.datasets import (
    CityscapesSemanticSegmentationDataset,
    cityscapes_label_format,
    cityscapes_semantic_segmentation_label_names,
)
from chainercv_seg.datasets.image_key import cityscapes_image_key
from chainercv_seg.evaluations.prediction_files import PredictionFiles, find_predictions
from chainercv_seg.evaluations.score_predictions import score_predictions
from tests.fake_data import write_cityscapes

pytestmark = pytest.mark.skipif(
    find_spec('cityscapesscripts') is None, reason='cityscapesscripts is not installed'
)

# In a process of its own: it keeps its state in the module, and ends the process on errors.
OFFICIAL = """
import glob, json, sys
from cityscapesscripts.evaluation import evalPixelLevelSemanticLabeling as official

official.args.evalInstLevelScore = False  # needs files of instances
official.args.JSONOutput = False
official.args.quiet = True
official.args.predictionPath = sys.argv[2]
truths = sorted(glob.glob(sys.argv[1] + '/gtFine/val/*/*_labelIds.png'))
predictions = [official.getPrediction(official.args, truth) for truth in truths]
results = official.evaluateImgLists(predictions, truths, official.args)
print(json.dumps(results['classScores']))
"""


def predictions_of(labels):
    """Predictions with errors, with void pixels, and without one of the classes."""
    rng = np.random.RandomState(1)
    for label in labels:
        pred = np.where(label < 0, 0, label)  # something, where the truth is void
        wrong = rng.rand(*pred.shape) < 0.3
        pred[wrong] = rng.randint(-1, 19, wrong.sum())
        pred[pred == 7] = 8
        yield pred


@pytest.mark.parametrize(
    'ids',
    [range(34), [7, 8, 0, 4]],
    ids=['all label ids', 'most classes absent from the truth'],
)
def test_all_19_ious_are_the_official_ones(tmp_path, ids):
    folder = write_cityscapes(tmp_path / 'cityscapes', ids=ids)
    dataset = CityscapesSemanticSegmentationDataset(folder, 'fine', 'val')
    names = dataset.img_paths
    (tmp_path / 'predictions').mkdir()
    files = PredictionFiles(
        tmp_path / 'predictions',
        names,
        label_format=cityscapes_label_format,
        key=cityscapes_image_key,
    )
    for i, pred in enumerate(predictions_of(dataset.slice[:, 'label'])):
        if ids == [7, 8, 0, 4]:
            pred[pred > 2] = 1  # so that some classes are nowhere
        files.write(i, pred)
    result = score_predictions(
        dataset,
        find_predictions(files.folder, names, key=cityscapes_image_key),
        label_names=cityscapes_semantic_segmentation_label_names,
        label_format=cityscapes_label_format,
        threads=2,
    )
    assert result.void_predictions.sum() > 0
    assert (dataset[0][1] < 0).any()

    output = subprocess.check_output([sys.executable, '-c', OFFICIAL, folder, files.folder])
    official = {name.replace(' ', ''): iou for name, iou in json.loads(output).items()}
    ious = [official[name] for name in result.label_names]
    np.testing.assert_allclose(result.iou, ious, rtol=0, atol=1e-12)
    assert np.isnan(ious).any() == (ids == [7, 8, 0, 4])
    assert result.miou == pytest.approx(np.nanmean(ious), abs=1e-12)
