"""The options of the training."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from chainercv_seg.cli.option_types import integer, number, positive_int
from chainercv_seg.cli.parser import Parser
from chainercv_seg.cli.training_precision import add_training_precision_option
from chainercv_seg.utils import UserError
from chainercv_seg.utils.output_files import replaced_file
from chainercv_seg.utils.schedule_rules import RULES

#: First learning rates. That of momentum SGD is the one of SegNet's authors.
LEARNING_RATES = {'momentum': 0.1, 'adamw': 1e-3}
#: Options that change nothing in the weights that come out.
_HARMLESS = (
    'data_dir',
    'gpu',
    'out',
    'resume',
    'log_interval',
    'eval_interval',
    'snapshot_interval',
)
#: Options that there were not always, and what was done before there were.
_LATER = {'precision': 'float32', 'average_decay': 0.0, 'fit_offsets': False}


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line; exit with 2 on wrong usage."""
    parser = Parser(description='Train SegNet (basic) from nothing.')
    add = parser.add_argument
    add('--dataset', choices=['camvid', 'synthetic'], default='synthetic', help='the data set')
    add('--data-dir', default='auto', metavar='FOLDER', help='folder of CamVid')
    add('--train-length', type=positive_int, metavar='N',
        help='number of scenes that are drawn to train on (synthetic only; default: 367)')  # fmt: skip
    add('--val-limit', type=positive_int, metavar='N', help='evaluate on the first N images only')
    add('--size', type=positive_int, nargs=2, default=[360, 480], metavar=('H', 'W'),
        help='size of the scenes that are drawn (default: 360 480)')  # fmt: skip
    add('--crop-size', type=positive_int, nargs=2, default=[192, 256], metavar=('H', 'W'),
        help='multiples of 8 (default: 192 256)')  # fmt: skip
    add('--scales', type=number(0.001, 100), nargs=2, default=[0.75, 1.5], metavar=('LOW', 'HIGH'),
        help='limits of the random scale (default: 0.75 1.5)')  # fmt: skip
    add(
        '--jitter',
        type=number(0, 1),
        default=0.2,
        help='of brightness, contrast, colour (default: 0.2)',
    )
    add('--iteration', type=positive_int, default=16000, metavar='N', help='default: 16000')
    add('--batchsize', type=positive_int, default=4, metavar='N', help='crops at once (default: 4)')
    add('--optimizer', choices=sorted(LEARNING_RATES), default='momentum')
    add(
        '--learning-rate',
        type=number(0, 1e6),
        help='the first one (default: 0.1, with adamw 0.001)',
    )
    add('--schedule', choices=list(RULES), default='constant', help='of the learning rate')
    add('--weight-decay', type=number(0, 1e6), default=5e-4, help='default: 0.0005')
    add('--class-weight-power', type=number(-100, 100), default=1.0, metavar='P',
        help='power of the median frequency weights of the classes; 0: all weigh 1 (default: 1)')  # fmt: skip
    add('--average-decay', type=number(0, 1), default=0.999, metavar='D',
        help='what the average of weights keeps at each update; 0: none (default: 0.999)')  # fmt: skip
    add(
        '--fit-offsets',
        action='store_true',
        help='at the end, add to the scores of classes what is best for the mean IoU on training images',
    )
    add('--initial-weights', metavar='FILE', help='weights to start from (default: random)')
    add('--seed', type=integer(0, 2**32 - 1), default=0, help='of all that is random (default: 0)')
    add('--gpu', type=integer(-1, 1023), default=-1, help='number of a GPU; -1, the default: CPU')
    add_training_precision_option(parser)
    add('--out', type=Path, default=Path('result'), metavar='FOLDER', help='default: result')
    add('--resume', action='store_true', help='go on from the last snapshot in the output folder')
    add('--log-interval', type=positive_int, default=20, metavar='N', help='default: 20')
    add('--eval-interval', type=positive_int, default=1000, metavar='N', help='default: 1000')
    add('--snapshot-interval', type=positive_int, default=200, metavar='N', help='default: 200')
    add('--float16', action='store_true', help='store kernels in half of the space at the end')
    options = parser.parse_args(arguments)
    if any(length % 8 for length in options.crop_size):
        parser.error('--crop-size must be multiples of 8, else scores and labels differ in size')
    if options.scales[0] > options.scales[1]:
        parser.error('--scales must be two numbers, the lower one first')
    if options.jitter == 1:
        parser.error('--jitter must be at least 0 and less than 1')
    if options.average_decay == 1:
        parser.error('--average-decay must be at least 0 and less than 1')
    # A training that is shorter than that is logged and evaluated all the same.
    options.log_interval = min(options.log_interval, options.iteration)
    options.eval_interval = min(options.eval_interval, options.iteration)
    if options.learning_rate is None:
        options.learning_rate = LEARNING_RATES[options.optimizer]
    return options


def check_or_record(options: argparse.Namespace) -> None:
    """Record the options in the output folder, or check that a resumed training has the same.

    Raises:
        UserError: The folder holds another training, or a resumed one had other options.
    """
    path = options.out / 'options.json'
    current = {key: value for key, value in vars(options).items() if key not in _HARMLESS}
    if not options.resume:
        if any(options.out.glob('snapshot_iter_*')):
            raise UserError(
                f'{options.out} holds snapshots of a training: add --resume to go on with it, or '
                'choose another folder with --out'
            )
        options.out.mkdir(parents=True, exist_ok=True)
        with replaced_file(path) as file:
            file.write(json.dumps(current, indent=1).encode())
        return
    if not path.is_file():
        raise UserError(f'{path} is not there: there is no training in {options.out} to resume')
    before = {**_LATER, **json.loads(path.read_text())}
    changed = [
        f'--{key.replace("_", "-")} was {before.get(key)!r}, now {value!r}'
        for key, value in current.items()
        if before.get(key) != value
    ]
    if changed:
        raise UserError(
            f'{options.out} cannot be resumed with other options: {"; ".join(changed)}. Give the '
            'same ones, or start anew with another --out'
        )
