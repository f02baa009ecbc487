import csv
import io

import numpy as np
import pytest

from chainercv_seg.evaluations import ConfusionMatrix, EvaluationResult, evaluate
from chainercv_seg.evaluations.per_image import PerImageCollector
from chainercv_seg.evaluations.per_image_files import (
    PER_IMAGE_FILES,
    per_image_table,
    read_per_image,
    write_per_image,
)
from chainercv_seg.utils.errors import ResultError
from tests.communicators import run_ranks
from tests.evaluations.test_evaluate_ranks import KNOWN, NAMES, Brightest, Pictures


def pair(i):
    rng = np.random.RandomState(i)
    shape = (4 + i % 3, 5)
    return rng.randint(-1, 3, shape), rng.randint(-1, 3, shape)


def collect(indices, collector=None):
    collector = collector or PerImageCollector(3)
    for i in indices:
        matrix = ConfusionMatrix(3)
        matrix.update(*pair(i))
        collector.add(i, matrix)
        collector.add_size(i, pair(i)[0].shape)
    return collector


def finish(collector, n, **arguments):
    return collector.collected([f'image {i}' for i in range(n)], NAMES, **arguments)


def files(per_image, folder):
    write_per_image(per_image, folder)
    return [(folder / name).read_bytes() for name in PER_IMAGE_FILES]


def test_nothing_is_lost_of_any_image():
    per_image = finish(collect(range(7)), 7)
    total = ConfusionMatrix(3)
    for i in range(7):
        matrix = ConfusionMatrix(3)
        matrix.update(*pair(i))
        assert per_image.counts(i) == matrix
        total.merge(matrix)
    assert per_image.total() == total
    sums = per_image.sums()
    np.testing.assert_array_equal(sums.predicted.sum(axis=0), total.counts.sum(axis=0))
    np.testing.assert_array_equal(
        sums.truth.sum(axis=0), total.counts.sum(axis=1) + total.void_predictions
    )


def test_what_is_written_is_read_again(tmp_path):
    per_image = finish(collect(range(5)), 5, groups=('a', 'b', 'a', 'ü', 'b'), unit='places')
    write_per_image(per_image, tmp_path)
    found = read_per_image(tmp_path / 'per_image.npz')
    for name, value in vars(per_image).items():
        np.testing.assert_array_equal(getattr(found, name), value)


def test_names_that_are_no_text_are_kept(tmp_path):
    names = ('caf\udce9', '\u202ex', 'a\nb')
    write_per_image(collect(range(3)).collected(names, NAMES), tmp_path)
    assert read_per_image(tmp_path / 'per_image.npz').names == names
    table = (tmp_path / 'per_image.csv').read_text(encoding='utf-8')
    assert [line.partition(',')[0] for line in table.splitlines()[1:]] == [
        *(r'caf\xe9', r'\u202ex', r'a\nb'),
    ]


def test_order_and_processes_do_not_matter(tmp_path):
    expected = files(finish(collect(range(6)), 6), tmp_path)
    ranks = collect([4, 1])
    ranks.merge(collect([5, 0, 2, 3]))
    assert files(finish(ranks, 6), tmp_path) == expected


def test_ranks_and_resumed_runs_give_the_file_of_one_process(tmp_path):
    def run(comm=None, stop=None, **arguments):
        collector = PerImageCollector(3)

        def on_image(i, img, label, pred):
            if i == stop:
                raise KeyboardInterrupt

        evaluate(
            Brightest(),
            Pictures(11),
            label_names=NAMES,
            on_done=collector.take,
            on_image=on_image,
            comm=comm,
            **KNOWN,
            **arguments,
        )
        assert collector.without_size() == []
        for other in (comm.gather_obj(collector) or ()) if comm else ():
            collector.merge(other)
        return collector

    expected = files(finish(run(), 11), tmp_path)
    with pytest.raises(KeyboardInterrupt):
        run(stop=5, resume=tmp_path / 'J')
    resumed = run_ranks(2, lambda comm: run(comm, resume=tmp_path / 'J'))[0]
    assert files(finish(resumed, 11), tmp_path) == expected


def rows(per_image):
    return list(csv.DictReader(io.StringIO(per_image_table(per_image))))


def test_the_table_says_what_each_image_is_like():
    collector = PerImageCollector(3)
    matrix = ConfusionMatrix(3)
    matrix.update(np.array([[0, 0, 1, -1, 2]]), np.array([[0, 0, 0, 1, -1]]))
    collector.add(0, matrix)
    collector.add_size(0, (1, 5))
    collector.add(1, ConfusionMatrix(3))  # void all over
    collector.add_size(1, (2, 2))
    first, second = rows(collector.collected(['=a', 'b'], NAMES, groups=['x', 'y']))
    assert first == {
        'name': "'=a",
        'height': '1',
        'width': '5',
        'pixels': '5',
        'group': 'x',
        'void_share': repr(1 - 4 / 5),
        'miou': repr((2 / 3 + 0) / 2),  # red and green
        'pixel_accuracy': '0.5',
        'worst_class': 'green',
        'worst_class_iou': '0.0',
    }
    assert (second['void_share'], second['pixels']) == ('1.0', '4')
    assert second['miou'] == second['pixel_accuracy'] == second['worst_class'] == ''


def test_of_equally_bad_classes_the_larger_is_the_worst():
    collector, matrix = PerImageCollector(3), ConfusionMatrix(3)
    matrix.update(np.array([[2, 2, 1]]), np.array([[0, 0, 0]]))
    collector.add(0, matrix)
    assert rows(collector.collected(['a'], NAMES))[0]['worst_class'] == 'red'


def test_sizes_that_nobody_told_are_empty():
    collector = PerImageCollector(3)
    collector.add(0, ConfusionMatrix(3))
    assert collector.without_size() == [0]
    row = rows(collector.collected(['a'], NAMES))[0]
    assert row['pixels'] == row['height'] == row['void_share'] == ''


def test_an_image_without_counts_is_an_error_not_a_gap():
    with pytest.raises(KeyError):
        finish(collect([0, 2]), 3)


def test_no_images_have_files(tmp_path):
    write_per_image(finish(PerImageCollector(3), 0), tmp_path)
    assert len(read_per_image(tmp_path / 'per_image.npz')) == 0


def test_cityscapes_takes_less_than_10_megabytes(tmp_path):
    rng = np.random.RandomState(0)
    collector = PerImageCollector(19)
    for i in range(500):
        matrix = ConfusionMatrix(19)
        matrix.counts[...] = rng.randint(
            1, 100_000, (19, 19)
        )  # no cell is empty: more than there is
        collector.add(i, matrix)
    names = [f'frankfurt_{i:06}_000019' for i in range(500)]
    write_per_image(collector.collected(names, tuple(map(str, range(19)))), tmp_path)
    assert sum((tmp_path / name).stat().st_size for name in PER_IMAGE_FILES) < 10e6


@pytest.mark.parametrize(
    'change',
    [
        {'true': np.array([3, 0])},
        {'predicted': np.array([-2, 0])},
        {'pixels': np.array([0, 1])},
        {'pixels': np.array([1.0, 2.0])},
        {'offsets': np.array([0, 3])},
        {'offsets': np.array([0, 2, 1])},
        {'sizes': np.zeros((2, 2), int)},
        {'sizes': np.array([[-1, 1]])},
        {'groups': np.array(['a', 'b'])},
        {'names': np.array([b'a'])},
        {'unit': np.array([], dtype=str)},
        {'true': np.zeros((0,), int)},
        {'names': np.array([None])},
    ],
    ids=str,
)
def test_a_file_that_holds_something_else_is_one_error_that_names_it(tmp_path, change):
    arrays = {
        'names': np.array(['a']),
        'label_names': np.array(NAMES),
        'groups': np.array([], str),
        'sizes': np.ones((1, 2), int),
        'offsets': np.array([0, 2]),
        'unit': np.array(['x']),
        'true': np.array([0, 1]),
        'predicted': np.array([0, -1]),
        'pixels': np.array([4, 5]),
    }
    path = tmp_path / 'per_image.npz'
    np.savez(path, **arrays)
    assert read_per_image(path).counts(0).void_predictions.tolist() == [0, 5, 0]
    np.savez(path, **{**arrays, **change})
    with pytest.raises(ResultError, match=r'per_image\.npz does not hold the counts of images'):
        read_per_image(path)


@pytest.mark.parametrize('content', [b'', b'PK\x05\x06' + bytes(18), b'text' * 99])
def test_a_broken_file_is_one_error_that_names_it(tmp_path, content):
    (tmp_path / 'per_image.npz').write_bytes(content)
    with pytest.raises(ResultError, match=r'per_image\.npz'):
        read_per_image(tmp_path / 'per_image.npz')


def test_a_missing_file_says_how_it_is_made(tmp_path):
    with pytest.raises(ResultError, match='--per-image'):
        read_per_image(tmp_path / 'per_image.npz')


def test_the_counts_of_images_are_those_of_the_result():
    per_image = finish(collect(range(9)), 9)
    total = per_image.total()
    result = EvaluationResult(total.counts, total.void_predictions, NAMES)
    whole = per_image.sums().combine(np.ones((1, 9))).scores()
    assert whole['miou'][0] == pytest.approx(result.miou, rel=1e-14)
