import pytest

from chainercv_seg import datasets


@pytest.mark.parametrize(
    ('prefix', 'n_class'),
    [
        ('ade20k_semantic_segmentation', 150),
        ('camvid', 11),
        ('cityscapes_semantic_segmentation', 19),
        ('voc_semantic_segmentation', 21),
    ],
)
def test_there_is_one_name_and_one_colour_a_class(prefix, n_class):
    names = getattr(datasets, f'{prefix}_label_names')
    colors = getattr(datasets, f'{prefix}_label_colors')
    assert len(names) == len(set(names)) == len(colors) == n_class
    assert all(name == name.strip() for name in names)
    assert all(len(color) == 3 and all(0 <= c <= 255 for c in color) for color in colors)


def test_some_well_known_classes_are_where_they_belong():
    assert datasets.cityscapes_semantic_segmentation_label_names[13] == 'car'
    assert datasets.cityscapes_semantic_segmentation_label_colors[13] == (0, 0, 142)
    assert datasets.voc_semantic_segmentation_label_names[15] == 'person'
    assert datasets.voc_semantic_segmentation_label_colors[15] == (192, 128, 128)
    assert datasets.camvid_label_names[8] == 'Car'
    assert datasets.ade20k_semantic_segmentation_label_names[12] == 'person'
