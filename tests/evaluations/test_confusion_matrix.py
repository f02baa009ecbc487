import os
import zipfile

import numpy as np
import pytest

from chainercv_seg.evaluations import ConfusionMatrix


def random_pair(seed, n_class, shape=(37, 53), void=0.2, runs=False):
    rng = np.random.RandomState(seed)
    gt = rng.randint(0, n_class, shape)
    pred = np.where(rng.rand(*shape) < 0.5, gt, rng.randint(0, n_class, shape))
    gt[rng.rand(*shape) < void] = -1
    pred[rng.rand(*shape) < void] = -1
    if runs:
        gt, pred = (np.repeat(label, 40, axis=1) for label in (gt, pred))
    return pred.astype(np.int32), gt.astype(np.int32)


def naive(pred, gt, n_class):
    counts, void = np.zeros((n_class, n_class), int), np.zeros(n_class, int)
    for p, g in zip(pred.ravel(), gt.ravel(), strict=True):
        if g >= 0 and p >= 0:
            counts[g, p] += 1
        elif g >= 0:
            void[g] += 1
    return counts, void


# 19: pairs of pixels are counted; 40 and 200: single pixels. Runs: runs are.
@pytest.mark.parametrize('n_class', [1, 2, 19, 40, 200])
@pytest.mark.parametrize('runs', [False, True])
@pytest.mark.parametrize('dtype', [np.int32, np.int8, np.int64])
def test_counts_equal_counting_one_by_one(n_class, runs, dtype):
    if dtype == np.int8 and n_class > 127:
        dtype = np.int16
    pred, gt = random_pair(n_class, n_class, runs=runs)
    matrix = ConfusionMatrix(n_class)
    matrix.update(pred.astype(dtype), gt.astype(dtype))
    counts, void = naive(pred, gt, n_class)
    assert matrix.counts.dtype == matrix.void_predictions.dtype == np.int64
    np.testing.assert_array_equal(matrix.counts, counts)
    np.testing.assert_array_equal(matrix.void_predictions, void)


def test_maps_larger_than_a_chunk_are_counted_whole():
    pred, gt = random_pair(0, 5, shape=(601, 503))
    matrix = ConfusionMatrix(5)
    matrix.update(pred, gt)
    expected = np.bincount((6 * (gt + 1) + pred + 1).ravel(), minlength=36).reshape(6, 6)
    np.testing.assert_array_equal(matrix.counts, expected[1:, 1:])
    np.testing.assert_array_equal(matrix.void_predictions, expected[1:, 0])


def test_unsigned_labels_are_counted():
    matrix = ConfusionMatrix(3)
    matrix.update(np.array([[2, 0]], dtype=np.uint8), np.array([[2, 1]], dtype=np.uint8))
    np.testing.assert_array_equal(matrix.counts, [[0, 0, 0], [1, 0, 0], [0, 0, 1]])


def test_a_map_an_iterable_and_a_stack_of_maps_are_counted_alike():
    pairs = [random_pair(seed, 4) for seed in range(3)]
    one_by_one, lists, stacks = (ConfusionMatrix(4) for _ in range(3))
    for pred, gt in pairs:
        one_by_one.update(pred, gt)
    lists.update((pred for pred, _ in pairs), [gt for _, gt in pairs])
    stacks.update(np.stack([pred for pred, _ in pairs]), np.stack([gt for _, gt in pairs]))
    assert one_by_one == lists == stacks


def test_merged_matrices_count_all():
    whole, first, second = (ConfusionMatrix(4) for _ in range(3))
    for matrix, seed in ((first, 1), (second, 2)):
        matrix.update(*random_pair(seed, 4))
        whole.update(*random_pair(seed, 4))
    first.merge(second)
    assert first == whole != second
    with pytest.raises(ValueError, match='5 classes'):
        first.merge(ConfusionMatrix(5))


def test_what_lies_under_void_is_not_looked_at():
    matrix = ConfusionMatrix(3)
    matrix.update(np.array([[255, -7, 1]]), np.array([[-1, -1, 1]]))
    assert matrix.counts.sum() == matrix.counts[1, 1] == 1
    assert matrix.void_predictions.sum() == 0


def test_an_empty_map_counts_nothing():
    matrix = ConfusionMatrix(3)
    matrix.update(np.zeros((0, 5), int), np.zeros((0, 5), int))
    assert matrix == ConfusionMatrix(3)


@pytest.mark.parametrize(
    ('pred', 'gt', 'message'),
    [
        ([[3]], [[0]], r'predicted labels must lie in \[-1, 2\]'),
        ([[-2]], [[0]], 'predicted labels'),
        ([[0]], [[3]], 'true labels'),
        ([[0]], [[-2]], 'true labels'),
        ([[0]], [[255]], '255 usually stands for void'),
        ([[255]], [[0]], '255 usually stands for void'),
        ([[0, 0]], [[0]], 'shape'),
        ([0], [0], r'\(H, W\)'),
        ([[0.5]], [[0]], 'integers'),
    ],
)
def test_bad_labels_are_refused_and_not_counted(pred, gt, message):
    matrix = ConfusionMatrix(3)
    with pytest.raises(ValueError, match=message):
        matrix.update([np.array(pred)], [np.array(gt)])
    assert matrix == ConfusionMatrix(3)


@pytest.mark.parametrize(('n_pred', 'n_gt'), [(2, 1), (1, 2)])
def test_another_number_of_maps_is_refused(n_pred, n_gt):
    one = np.zeros((2, 2), int)
    with pytest.raises(ValueError, match='there are more'):
        ConfusionMatrix(3).update([one] * n_pred, (one for _ in range(n_gt)))


def test_a_saved_matrix_is_loaded(tmp_path):
    matrix = ConfusionMatrix(4)
    matrix.update(*random_pair(0, 4))
    matrix.save(tmp_path / 'matrix')
    assert os.listdir(tmp_path) == ['matrix']
    assert ConfusionMatrix.load(tmp_path / 'matrix') == matrix


def test_a_failed_save_leaves_the_old_file(tmp_path, monkeypatch):
    matrix = ConfusionMatrix(4)
    matrix.save(tmp_path / 'matrix')

    def full(*_, **__):
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr(np, 'savez', full)
    with pytest.raises(OSError, match='No space'):
        matrix.save(tmp_path / 'matrix')
    assert os.listdir(tmp_path) == ['matrix']
    assert ConfusionMatrix.load(tmp_path / 'matrix') == matrix


def test_what_is_no_matrix_is_not_loaded(tmp_path):
    path = tmp_path / 'matrix.npz'
    ConfusionMatrix(4).save(path)
    whole = path.read_bytes()
    with pytest.raises(FileNotFoundError):
        ConfusionMatrix.load(tmp_path / 'none')
    for content in (b'', b'text', whole[:-30]):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r'matrix\.npz does not hold a confusion matrix'):
            ConfusionMatrix.load(path)
    for arrays in (
        {'counts': np.zeros((2, 3), int), 'void_predictions': np.zeros(2, int)},
        {'counts': np.zeros((2, 2)), 'void_predictions': np.zeros(2)},
        {'counts': np.array([None])},
        {'counts': np.zeros((2, 2), int), 'void_predictions': np.array(0)},
        {'counts': np.array(0), 'void_predictions': np.array(0)},
        {'counts': np.full((2, 2), -1), 'void_predictions': np.zeros(2, int)},
    ):
        np.savez(path, **arrays)
        with pytest.raises(ValueError, match='does not hold a confusion matrix'):
            ConfusionMatrix.load(path)
    np.save(tmp_path / 'array.npy', np.zeros(3))
    with pytest.raises(ValueError, match='does not hold a confusion matrix'):
        ConfusionMatrix.load(tmp_path / 'array.npy')


def test_a_matrix_beyond_the_limit_takes_no_memory(tmp_path):
    n = 12_000
    np.savez_compressed(tmp_path / 'small.npz', void_predictions=np.zeros(n, int))
    with (
        zipfile.ZipFile(tmp_path / 'small.npz', 'a', zipfile.ZIP_DEFLATED) as archive,
        archive.open('counts.npy', 'w', force_zip64=True) as member,
    ):
        shape = {'descr': '<i8', 'fortran_order': False, 'shape': (n, n)}
        np.lib.format.write_array_header_1_0(member, shape)
    with pytest.raises(ValueError, match=r'takes 1152000000 bytes, more than'):
        ConfusionMatrix.load(tmp_path / 'small.npz')


def test_a_matrix_without_classes_counts_void_alone():
    matrix = ConfusionMatrix(0)
    matrix.update(np.zeros((2, 2), int), np.full((2, 2), -1))
    assert matrix == ConfusionMatrix(0)
    with pytest.raises(ValueError, match='true labels must lie in'):
        matrix.update(np.zeros((2, 2), int), np.zeros((2, 2), int))


@pytest.mark.parametrize('n_class', [-1, '2', 2.0, 0.0, True, False, None])
def test_a_number_of_classes_that_is_none_is_named(n_class):
    with pytest.raises(ValueError, match=r'^n_class must be an integer, 0 or more, but got'):
        ConfusionMatrix(n_class)


@pytest.mark.parametrize('other', [3, None, np.eye(3), 'x'])
def test_what_is_no_matrix_is_not_added(other):
    with pytest.raises(ValueError, match='expected a ConfusionMatrix to add, found'):
        ConfusionMatrix(3).merge(other)


def test_rows_of_different_lengths_are_no_label_map():
    with pytest.raises(ValueError, match=r'prediction 0 must be .* all rows of one length'):
        ConfusionMatrix(3).update([[[0], [0, 1]]], [[[0], [0, 1]]])
