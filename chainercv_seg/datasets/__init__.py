"""Data sets for semantic segmentation. NumPy and Pillow only."""
