"""Image transforms on NumPy arrays."""
