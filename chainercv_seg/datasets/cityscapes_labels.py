"""Cityscapes' classes and their colours, in the order of the train ids."""

from chainercv_seg.datasets.label_format import LabelFormat

# One line an entry would make pages of a table.
# fmt: off

#: The 19 classes that are evaluated.
cityscapes_semantic_segmentation_label_names: tuple[str, ...] = (
    'road', 'sidewalk', 'building', 'wall', 'fence', 'pole', 'trafficlight', 'trafficsign',
    'vegetation', 'terrain', 'sky', 'person', 'rider', 'car', 'truck', 'bus', 'train',
    'motorcycle', 'bicycle',
)

#: RGB.
cityscapes_semantic_segmentation_label_colors: tuple[tuple[int, int, int], ...] = (
    (128, 64, 128), (244, 35, 232), (70, 70, 70), (102, 102, 156), (190, 153, 153),
    (153, 153, 153), (250, 170, 30), (220, 220, 0), (107, 142, 35), (152, 251, 152),
    (70, 130, 180), (220, 20, 60), (255, 0, 0), (0, 0, 142), (0, 0, 70), (0, 60, 100),
    (0, 80, 100), (0, 0, 230), (119, 11, 32),
)

#: The category of each class, whose IoU the benchmark has too.
cityscapes_label_categories: dict[str, str] = {
    'road': 'flat', 'sidewalk': 'flat', 'building': 'construction', 'wall': 'construction',
    'fence': 'construction', 'pole': 'object', 'trafficlight': 'object', 'trafficsign': 'object',
    'vegetation': 'nature', 'terrain': 'nature', 'sky': 'sky', 'person': 'human', 'rider': 'human',
    'car': 'vehicle', 'truck': 'vehicle', 'bus': 'vehicle', 'train': 'vehicle', 'motorcycle': 'vehicle',
    'bicycle': 'vehicle',
}

#: Label ids, as the benchmark wants them. Void is 0, for the official evaluation has no id from 34 on;
#: the ids of classes that are not evaluated are void too.
cityscapes_label_format = LabelFormat(
    (7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 31, 32, 33),
    void=0,
    other_void=(1, 2, 3, 4, 5, 6, 9, 10, 14, 15, 16, 18, 29, 30),
)
