import numpy as np
import pytest

from chainercv_seg.datasets import median_frequency_weights


def test_weights_are_the_median_frequency_over_each_ones():
    # Frequencies: 12/16 over both images, 3/8, 1/8 in the one image that shows it; median 3/8.
    labels = [np.zeros((2, 4), int), np.array([[0, 0, 0, 0], [1, 1, 1, 2]])]
    weights = median_frequency_weights(labels, 3)
    assert weights.dtype == np.float32
    np.testing.assert_allclose(weights, [0.5, 1, 3])


def test_void_pixels_do_not_count():
    label = np.array([[0, 0, 0, 1], [-1, -1, -1, -1]])
    np.testing.assert_allclose(
        median_frequency_weights([label], 2), median_frequency_weights([label[:1]], 2)
    )


def test_a_class_that_does_not_occur_weighs_1_and_leaves_the_median_alone():
    np.testing.assert_allclose(
        median_frequency_weights([np.array([[0, 2, 2, 2]])], 3), [2, 1, 2 / 3]
    )


@pytest.mark.parametrize('label', [[[255]], [[3]], [[-2]]])
def test_labels_outside_of_the_classes_are_errors(label):
    with pytest.raises(ValueError, match='expected -1'):
        median_frequency_weights([np.array(label)], 3)


def test_no_labels_at_all_are_an_error():
    with pytest.raises(ValueError, match='no labelled pixels'):
        median_frequency_weights([np.array([[-1]])], 3)


@pytest.mark.parametrize('n_class', [0, -1, '2', 2.0, True])
def test_a_number_of_classes_that_is_none_is_named(n_class):
    with pytest.raises(ValueError, match='n_class must be a positive integer'):
        median_frequency_weights([np.zeros((2, 2), int)], n_class)
