"""Reading and writing images, errors, optional dependencies."""
