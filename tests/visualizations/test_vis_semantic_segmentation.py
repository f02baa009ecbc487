"""Label maps on plots."""

import numpy as np
import pytest

from chainercv_seg.visualizations import label_to_image, vis_semantic_segmentation

IMG = np.random.default_rng(0).integers(0, 256, (3, 2, 3)).astype('f')
LABEL = np.array([[0, 3, -1], [3, 3, 0]], dtype=np.int32)
NAMES = ['road', 'sky', 'tree', 'car']
COLORS = [(1, 2, 3), (40, 50, 60), (255, 0, 9), (0, 51, 102)]


@pytest.fixture(autouse=True)
def close_figures():
    matplotlib = pytest.importorskip('matplotlib')
    matplotlib.use('agg')
    yield
    from matplotlib import pyplot

    pyplot.close('all')


def test_the_label_map_lies_over_the_image():
    ax, _ = vis_semantic_segmentation(IMG, LABEL, NAMES, COLORS, (9, 9, 9), alpha=0.25)
    below, above = ax.get_images()
    np.testing.assert_array_equal(below.get_array(), IMG.transpose(1, 2, 0))
    painted = label_to_image(LABEL, COLORS, ignore_label_color=(9, 9, 9))
    np.testing.assert_array_equal(above.get_array(), painted.transpose(1, 2, 0))
    assert above.get_alpha() == 0.25


def test_the_legend_has_the_classes_that_occur():
    _, handles = vis_semantic_segmentation(IMG, LABEL, NAMES, COLORS)
    assert [handle.get_label() for handle in handles] == ['road', 'car']
    assert handles[1].get_facecolor() == (0, 0.2, 0.4, 1)


def test_the_legend_has_all_classes_when_asked_to():
    _, handles = vis_semantic_segmentation(
        IMG, LABEL, NAMES, COLORS, all_label_names_in_legend=True
    )
    assert [handle.get_label() for handle in handles] == NAMES


def test_classes_without_names_are_numbered():
    _, handles = vis_semantic_segmentation(None, LABEL)
    assert [handle.get_label() for handle in handles] == ['0', '3']
    _, handles = vis_semantic_segmentation(
        None, LABEL, label_colors=COLORS, all_label_names_in_legend=True
    )
    assert [handle.get_label() for handle in handles] == ['0', '1', '2', '3']


@pytest.mark.parametrize('label_id', [0, -1])
def test_one_class_or_none_will_do(label_id):
    label = np.full((2, 3), label_id, np.int32)
    _, handles = vis_semantic_segmentation(None, label)
    assert len(handles) == label_id + 1


def test_iterators_will_do_for_names_and_colours():
    _, handles = vis_semantic_segmentation(None, LABEL, iter(NAMES), iter(COLORS))
    assert [handle.get_label() for handle in handles] == ['road', 'car']


@pytest.mark.parametrize(
    ('names', 'colors', 'message'),
    [
        (NAMES, COLORS[:3], 'label_names has 4 classes, but label_colors has 3'),
        (NAMES[:3], None, 'holds the class 3'),
        (None, COLORS[:3], 'holds the class 3'),
    ],
)
def test_classes_without_a_name_or_a_colour_are_refused(names, colors, message):
    with pytest.raises(ValueError, match=message):
        vis_semantic_segmentation(IMG, LABEL, names, colors)


@pytest.mark.parametrize(
    ('name', 'shown'),
    [
        ('$x$', r'\$x\$'),
        ('a$\\foo$', r'a\$\foo\$'),
        ('US$', r'US\$'),
        ('_private', ' _private'),
        ('a\nb\x1b', r'a\nb\x1b'),
    ],
)
def test_any_name_is_shown_as_it_is_written(name, shown, tmp_path):
    ax, handles = vis_semantic_segmentation(None, np.zeros((2, 2), int), [name])
    legend = ax.legend(handles=handles)
    ax.figure.savefig(tmp_path / 'f.png')
    (text,) = legend.get_texts()
    assert text.get_text() == shown
