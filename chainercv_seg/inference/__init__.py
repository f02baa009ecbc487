"""From the scores of a network to a label map."""
