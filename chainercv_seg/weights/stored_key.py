"""Under which name a weight file tells the arguments of a network."""

#: In the network; what holds the network puts its own name before.
KEY = 'chainercv_seg'


def is_stored(name: str) -> bool:
    """Tell whether what is called so in a weight file are arguments, and no array."""
    return name == KEY or name.endswith(f'/{KEY}')
