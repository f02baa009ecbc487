"""Confusion matrix, metrics and the evaluation loop."""
