"""What a protocol says of the images themselves."""

from typing import Any

from chainercv_seg.utils.orientation import count_turned


def data_protocol(dataset: Any) -> dict[str, str]:
    """Tell what was done to images as they were read, where it is out of the ordinary.

    Args:
        dataset: One of ours, or any other: of one without ``sample_files`` nothing is said.

    Returns:
        ``'EXIF orientation'`` and how many images are turned; nothing where none is.
    """
    n_image = len(dataset)
    files = getattr(dataset, 'sample_files', lambda index: ())
    turned = count_turned(path for i in range(n_image) for path in files(i)[:1])
    return {'EXIF orientation': f'turned {turned} of {n_image} images'} if turned else {}
