"""Data sets for semantic segmentation. NumPy and Pillow only."""

from chainercv_seg.datasets.ade20k_dataset import (
    ADE20KSemanticSegmentationDataset,
    ADE20KTestImageDataset,
)
from chainercv_seg.datasets.ade20k_labels import (
    ade20k_label_format,
    ade20k_semantic_segmentation_label_colors,
    ade20k_semantic_segmentation_label_names,
)
from chainercv_seg.datasets.camvid_dataset import CamVidDataset
from chainercv_seg.datasets.camvid_labels import (
    camvid_ignore_label_color,
    camvid_label_colors,
    camvid_label_format,
    camvid_label_names,
)
from chainercv_seg.datasets.cityscapes_dataset import (
    CityscapesSemanticSegmentationDataset,
    CityscapesTestImageDataset,
)
from chainercv_seg.datasets.cityscapes_labels import (
    cityscapes_label_format,
    cityscapes_semantic_segmentation_label_colors,
    cityscapes_semantic_segmentation_label_names,
)
from chainercv_seg.datasets.file_dataset import FileDataset
from chainercv_seg.datasets.folder_dataset import FolderSemanticSegmentationDataset
from chainercv_seg.datasets.getter_dataset import GetterDataset
from chainercv_seg.datasets.label_format import LabelFormat, plain_label_format
from chainercv_seg.datasets.median_frequency import median_frequency_weights
from chainercv_seg.datasets.synthetic_street_dataset import SyntheticStreetDataset
from chainercv_seg.datasets.voc_dataset import VOCSemanticSegmentationDataset
from chainercv_seg.datasets.voc_labels import (
    voc_label_format,
    voc_semantic_segmentation_ignore_label_color,
    voc_semantic_segmentation_label_colors,
    voc_semantic_segmentation_label_names,
)

__all__ = [
    'ADE20KSemanticSegmentationDataset',
    'ADE20KTestImageDataset',
    'CamVidDataset',
    'CityscapesSemanticSegmentationDataset',
    'CityscapesTestImageDataset',
    'FileDataset',
    'FolderSemanticSegmentationDataset',
    'GetterDataset',
    'LabelFormat',
    'SyntheticStreetDataset',
    'VOCSemanticSegmentationDataset',
    'ade20k_label_format',
    'ade20k_semantic_segmentation_label_colors',
    'ade20k_semantic_segmentation_label_names',
    'camvid_ignore_label_color',
    'camvid_label_colors',
    'camvid_label_format',
    'camvid_label_names',
    'cityscapes_label_format',
    'cityscapes_semantic_segmentation_label_colors',
    'cityscapes_semantic_segmentation_label_names',
    'median_frequency_weights',
    'plain_label_format',
    'voc_label_format',
    'voc_semantic_segmentation_ignore_label_color',
    'voc_semantic_segmentation_label_colors',
    'voc_semantic_segmentation_label_names',
]
