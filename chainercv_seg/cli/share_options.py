"""The option by which processes that know nothing of one another divide an evaluation among them."""

import argparse

from chainercv_seg.cli.per_image import wants_per_image

#: More than there are images.
_MOST = 1_000_000


def add_share_option(parser: argparse.ArgumentParser) -> None:
    """Add the option that chooses a share."""
    parser.add_argument(
        '--share',
        type=share_of,
        default=(1, 1),
        metavar='K/N',
        help='evaluate every N-th image only, the K-th of each N, into the journal of --resume: the merge '
        'command makes the result of all N journals',
    )


def share_of(text: str) -> tuple[int, int]:
    """Read a share, such as ``2/8``, as the type of an option.

    Raises:
        ArgumentTypeError: There is no such share.
    """
    number, slash, total = text.partition('/')
    if slash and number.isdecimal() and total.isdecimal() and len(text) <= 2 * len(str(_MOST)):
        share = int(number), int(total)
        if 1 <= share[0] <= share[1] <= _MOST:
            return share
    shown = text if len(text) <= 40 else f'{text[:40]}...'
    raise argparse.ArgumentTypeError(f'must be a share as 2/8, from 1/N to N/N, but is {shown!r}')


def check_share_option(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """Exit with a usage error where a share has no journal, or would be taken for the whole."""
    if options.share == (1, 1):
        return
    if options.resume is None:
        parser.error('--share needs --resume FILE, from which the merge command makes the result')
    if options.output is not None or wants_per_image(options):
        parser.error(
            '--share has no results of its own: give --output to the merge command, when all shares are done'
        )


def tell_share(options: argparse.Namespace, n_own: int, n_image: int) -> str:
    """Say what a share has done, and what makes the result.

    Args:
        options: What was parsed.
        n_own: Number of images in the share.
        n_image: Number of images in the data set.
    """
    number, total = options.share
    return (
        f'share {number}/{total} is done: {n_own} of {n_image} images are in {options.resume}. '
        f'chainercv-seg merge makes the result of the journals of all {total} shares'
    )
