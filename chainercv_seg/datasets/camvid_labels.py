"""CamVid's classes and their colours, in the order of the label ids."""

from chainercv_seg.datasets.label_format import LabelFormat

# One line an entry would make pages of a table.
# fmt: off

#: As in the SegNet tutorial that the data comes from.
camvid_label_names: tuple[str, ...] = (
    'Sky', 'Building', 'Pole', 'Road', 'Pavement', 'Tree', 'SignSymbol', 'Fence', 'Car',
    'Pedestrian', 'Bicyclist',
)

#: RGB.
camvid_label_colors: tuple[tuple[int, int, int], ...] = (
    (128, 128, 128), (128, 0, 0), (192, 192, 128), (128, 64, 128), (60, 40, 222), (128, 128, 0),
    (192, 128, 128), (64, 64, 128), (64, 0, 128), (64, 64, 0), (0, 128, 192),
)

#: RGB of void pixels.
camvid_ignore_label_color = (0, 0, 0)

#: The raw values of the label files.
camvid_label_format = LabelFormat(tuple(range(11)), void=11)
