"""Train SegNet (basic) on CamVid or on synthetic street scenes: see README.md beside this file."""

import argparse
import sys
from collections.abc import Sequence
from functools import partial

from options import check_or_record, parse
from training import build_trainer, load_datasets, resume

from chainercv_seg.cli.command import exit_code
from chainercv_seg.cli.training_precision import set_training_precision
from chainercv_seg.datasets import camvid_label_names
from chainercv_seg.evaluations import evaluate
from chainercv_seg.extensions import recompute_batch_statistics
from chainercv_seg.prepared import optimize_if_there
from chainercv_seg.utils.devices import check_gpu
from chainercv_seg.weights import save_weights

#: Images whose batch statistics the final network gets.
_STATISTICS_IMAGES = 200


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, and write the weights, the log, plots and snapshots to the output folder.

    Args:
        arguments: The command line, by default the process's own.

    Returns:
        The exit code: 0, or 1 where something is missing or does not fit. Wrong usage exits with 2.
    """
    return exit_code(partial(_train, parse(arguments)))


def _train(options: argparse.Namespace) -> None:
    if options.gpu >= 0:
        check_gpu(options.gpu)
    set_training_precision(options.precision, options.gpu)
    train, val = load_datasets(options)
    check_or_record(options)
    trainer = build_trainer(options, train, val)
    if options.resume:
        resume(trainer, options.out)
    if trainer.updater.iteration < options.iteration:  # else Chainer would train as long again
        trainer.run(show_loop_exception_msg=False)  # `main` shows it

    link = trainer.updater.get_optimizer('main').target.predictor
    images = train.slice[:_STATISTICS_IMAGES, 'img']
    recompute_batch_statistics(link, (link.device.send(img[None]) for img in images))
    path = options.out / 'segnet.npz'
    save_weights(link, path, half=options.float16)
    protocol = {'data': f'{options.dataset} val'}
    result = evaluate(
        optimize_if_there(link),
        val,
        label_names=camvid_label_names,
        protocol=protocol,
        weights=str(path),
    )
    print(result.table())
    print(result.protocol_line())
    print(f'weights: {path}')


if __name__ == '__main__':
    sys.exit(main())
