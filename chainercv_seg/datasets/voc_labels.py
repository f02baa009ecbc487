"""PASCAL VOC's classes and their colours, in the order of the label ids."""

from chainercv_seg.datasets.label_format import LabelFormat

# One line an entry would make pages of a table.
# fmt: off

voc_semantic_segmentation_label_names: tuple[str, ...] = (
    'background', 'aeroplane', 'bicycle', 'bird', 'boat', 'bottle', 'bus', 'car', 'cat', 'chair',
    'cow', 'diningtable', 'dog', 'horse', 'motorbike', 'person', 'pottedplant', 'sheep', 'sofa',
    'train', 'tvmonitor',
)

#: RGB, the palette of the label files.
voc_semantic_segmentation_label_colors: tuple[tuple[int, int, int], ...] = (
    (0, 0, 0), (128, 0, 0), (0, 128, 0), (128, 128, 0), (0, 0, 128), (128, 0, 128), (0, 128, 128),
    (128, 128, 128), (64, 0, 0), (192, 0, 0), (64, 128, 0), (192, 128, 0), (64, 0, 128),
    (192, 0, 128), (64, 128, 128), (192, 128, 128), (0, 64, 0), (128, 64, 0), (0, 192, 0),
    (128, 192, 0), (0, 64, 128),
)

#: RGB of void pixels (label 255 in the files).
voc_semantic_segmentation_ignore_label_color = (224, 224, 192)

#: Indexed images; void is the border of objects in the truth.
voc_label_format = LabelFormat(
    tuple(range(21)),
    void=255,
    palette=(*voc_semantic_segmentation_label_colors, voc_semantic_segmentation_ignore_label_color),
)
