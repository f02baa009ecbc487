"""Measures in the loop: with a journal, with ranks, and both."""

import numpy as np
import pytest

from chainercv_seg.evaluations import evaluate
from chainercv_seg.evaluations.measures import MEASURES, make_measures
from chainercv_seg.utils import JournalError
from tests.communicators import run_ranks

NAMES = ('red', 'green', 'blue')
GROUPS = {'red': 'warm', 'green': 'cold', 'blue': 'cold'}
KNOWN = {'protocol': {'data': 'pictures'}, 'weights_sha256': 'a' * 64}
ALL = make_measures(MEASURES, label_names=NAMES, groups=GROUPS)


class Shifting:
    def predict(self, imgs):
        return [np.roll(img[0], 1, 1).astype(np.int32) for img in imgs]


class Pictures:
    def __len__(self):
        return 7

    def __getitem__(self, i):
        label = np.random.RandomState(i).randint(-1, 3, (4, 5)).repeat(9, 0).repeat(9, 1)
        return np.stack([np.maximum(label, 0)] * 3).astype(np.float32), label


class Broken(Pictures):
    def __getitem__(self, i):
        if i == 4:
            raise OSError('the disk is gone')
        return super().__getitem__(i)


def run(dataset=None, measures=ALL, **arguments):
    return evaluate(
        Shifting(), dataset or Pictures(), label_names=NAMES, measures=measures, **arguments
    )


def told(result):
    return [(m.key, m.scores, m.means) for m in result.measures]


@pytest.fixture(scope='module')
def expected():
    return told(run())


def test_every_measure_says_something(expected):
    assert [key for key, _, _ in expected] == [
        'dice',
        'boundary_iou',
        'trimap_accuracy',
        'image_iou',
        'group_iou',
    ]
    for _, scores, means in expected:
        assert all(0 < score < 1 for score in (*scores.values(), *means.values()))


def test_without_measures_there_are_none():
    assert run(measures=()).measures == ()


@pytest.mark.parametrize('size', [2, 3, 9])
def test_all_ranks_have_those_of_one_process(size, expected):
    for result in run_ranks(size, lambda comm: run(comm=comm)):
        assert told(result) == expected


def test_an_interrupted_run_goes_on_to_the_same(tmp_path, expected):
    with pytest.raises(OSError, match='the disk is gone'):
        run(Broken(), resume=tmp_path / 'J', **KNOWN)
    result = run(resume=tmp_path / 'J', **KNOWN)
    assert result.resumed >= 3
    assert told(result) == expected
    again = run_ranks(2, lambda comm: run(resume=tmp_path / 'J', comm=comm, **KNOWN))
    assert [(result.resumed, told(result)) for result in again] == [(7, expected)] * 2


def test_what_was_counted_without_a_measure_is_refused(tmp_path):
    run(resume=tmp_path / 'J', measures=(), **KNOWN)
    with pytest.raises(JournalError, match='of image 0 it was counted without --measures boundary'):
        run(resume=tmp_path / 'J', **KNOWN)


def test_what_was_counted_without_measures_goes_on_with_those_of_the_counts(tmp_path, expected):
    run(resume=tmp_path / 'J', measures=(), **KNOWN)
    names = ['dice', 'image-iou', 'groups']
    measures = make_measures(names, label_names=NAMES, groups=GROUPS)
    result = run(resume=tmp_path / 'J', measures=measures, **KNOWN)
    assert result.resumed == 7
    assert told(result) == [entry for entry in expected if entry in told(result)]
    assert len(told(result)) == 3


def test_what_was_counted_with_measures_goes_on_with_fewer(tmp_path):
    run(resume=tmp_path / 'J', **KNOWN)
    for measures in (ALL[:2], ()):
        result = run(resume=tmp_path / 'J', measures=measures, **KNOWN)
        assert result.resumed == 7
        assert len(result.measures) == len(measures)


def test_images_without_label_maps_are_not_measured():
    class Images(Pictures):
        def __getitem__(self, i):
            return super().__getitem__(i)[0]

    for _, scores, _ in told(run(Images())):
        assert np.isnan(list(scores.values())).all()
