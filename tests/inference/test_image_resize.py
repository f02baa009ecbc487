import numpy as np
import pytest

from chainercv_seg.inference.image_resize import image_resize_matrix, resize_planes_as_image
from chainercv_seg.transforms import resize

# isort: split
import chainer

SIZES = [((15, 22), (16, 22)), ((30, 41), (61, 80)), ((64, 48), (17, 31)), ((9, 50), (50, 9)),
         ((1, 1), (3, 4)), ((7, 1), (1, 5)), ((20, 30), (20, 29))]  # fmt: skip


@pytest.mark.parametrize('backend', ['PIL', 'cv2'])
@pytest.mark.parametrize(('before', 'after'), SIZES)
def test_it_is_what_the_image_libraries_do(backend, before, after):
    if backend == 'cv2':
        pytest.importorskip('cv2')
    planes = np.random.RandomState(0).randn(3, *before).astype(np.float32)
    with chainer.using_config('cv_resize_backend', backend):
        expected = resize(planes, after)
    found = resize_planes_as_image(planes, after, smooth=backend == 'PIL', xp=np)
    assert (found.dtype, found.shape) == (np.float32, expected.shape)
    # OpenCV rounds its positions to float32.
    atol = 2e-6 if backend == 'PIL' else 2e-5
    np.testing.assert_allclose(found, expected, rtol=0, atol=atol * np.abs(planes).max())


@pytest.mark.parametrize('smooth', [True, False])
def test_results_are_means(smooth):
    for length, size in [(5, 3), (3, 5), (100, 7), (1, 4)]:
        matrix = image_resize_matrix(length, size, smooth=smooth, xp=np)
        assert matrix.min() >= 0
        np.testing.assert_allclose(matrix.sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_array_equal(image_resize_matrix(6, 6, smooth=smooth, xp=np), np.eye(6))
