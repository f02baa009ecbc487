"""Pretrained weights and weight files."""
