"""The networks as modules of PyTorch. They are not imported here: their text becomes `model.py`."""
