"""The originals of our networks, written from their published definitions, independently of ours."""
