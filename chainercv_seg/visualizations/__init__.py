"""Pictures of images and label maps."""
