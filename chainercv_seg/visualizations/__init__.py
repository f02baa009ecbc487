"""Pictures of images and label maps. Plots need the extra ``plot``; label_to_image does not."""

from chainercv_seg.visualizations.label_to_image import label_to_image
from chainercv_seg.visualizations.vis_image import vis_image
from chainercv_seg.visualizations.vis_semantic_segmentation import vis_semantic_segmentation

__all__ = ['label_to_image', 'vis_image', 'vis_semantic_segmentation']
