"""The training of SegNet, put together from options."""

import argparse
import random
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np

from chainercv_seg.cli.training_precision import set_training_precision
from chainercv_seg.datasets import (
    CamVidDataset,
    SyntheticStreetDataset,
    camvid_label_names,
    median_frequency_weights,
)
from chainercv_seg.evaluations import evaluate
from chainercv_seg.extensions import (
    ExponentialMovingAverage,
    RandomStates,
    Schedule,
    SemanticSegmentationEvaluator,
    StopOnDivergence,
    fit_class_offsets,
    load_snapshot,
    recompute_batch_statistics,
)
from chainercv_seg.links import PixelwiseSoftmaxClassifier, SegNetBasic
from chainercv_seg.prepared import optimize_if_there
from chainercv_seg.utils import UserError
from chainercv_seg.utils.devices import check_gpu, to_device
from chainercv_seg.utils.file_drawing import draw_to_files
from chainercv_seg.utils.freed_memory import keep_freed_memory
from chainercv_seg.weights import save_weights

# isort: split
import chainer  # importable since chainercv_seg is imported
from augmentation import Augmentation
from chainer.training import extensions, triggers
from options import check_or_record

#: Images whose batch statistics the final network gets, and on which offsets of classes are fitted.
_FINAL_IMAGES = 200
#: Pixels of each of them that offsets are fitted on.
_OFFSET_PIXELS = 8000
#: Of more scenes than these, the first ones tell how frequent the classes are.
_WEIGHED = 400


def run_training(options: argparse.Namespace) -> None:
    """Train, evaluate, and print the scores.

    Args:
        options: The command's.

    Raises:
        UserError: Something is missing or does not fit.
    """
    if options.gpu >= 0:
        check_gpu(options.gpu)
    else:
        keep_freed_memory()
    set_training_precision(options.precision, options.gpu)
    train, val = load_datasets(options)
    check_or_record(options)
    trainer = build_trainer(options, train, val)
    if options.resume:
        resume(trainer, options.out)
    if trainer.updater.iteration < options.iteration:  # else Chainer would train as long again
        trainer.run(show_loop_exception_msg=False)  # the command shows it

    _finish(
        trainer.updater.get_optimizer('main').target.predictor, 'segnet.npz', options, train, val
    )
    if options.average_decay:
        average = trainer.get_extension('ExponentialMovingAverage').link
        _finish(average, 'average.npz', options, train, val)


def _finish(link: Any, name: str, options: argparse.Namespace, train: Any, val: Any) -> None:
    """Take batch statistics anew, fit offsets, save the weights, and print their scores."""
    images = train.slice[:_FINAL_IMAGES, 'img']
    recompute_batch_statistics(link, (link.device.send(img[None]) for img in images))
    if options.fit_offsets:
        _fit_offsets(link, train.slice[:_FINAL_IMAGES])
    path = options.out / name
    save_weights(link, path, half=options.float16)
    result = evaluate(
        optimize_if_there(link),
        val,
        label_names=camvid_label_names,
        protocol={'data': f'{options.dataset} val'},
        weights=str(path),
    )
    print(result.table())
    print(result.protocol_line())
    print(f'weights: {path}')


def _fit_offsets(link: Any, samples: Any) -> None:
    """Make the mean IoU of the network on samples largest by the bias of its last layer."""
    rng, scores, labels = np.random.RandomState(0), [], []
    prepared = optimize_if_there(link)
    for img, label in samples:
        some = rng.permutation(label.size)[:_OFFSET_PIXELS]
        found = prepared.score(img[None])[0] if prepared is not link else _plain_score(link, img)
        scores.append(found.reshape(len(found), -1)[:, some])
        labels.append(label.ravel()[some])
    offsets = fit_class_offsets(np.concatenate(scores, axis=1), np.concatenate(labels))
    link.conv_classifier.b.array += link.device.send(offsets)


def _plain_score(link: Any, img: np.ndarray) -> np.ndarray:
    with chainer.using_config('train', False), chainer.no_backprop_mode():
        (scores,) = chainer.get_device('@numpy').send(link(link.device.send(img[None])).array)
    return scores


def load_datasets(options: argparse.Namespace) -> tuple[Any, Any]:
    """Load the data sets to train on and to evaluate on, without augmentation.

    Raises:
        DatasetError: CamVid is not there.
    """
    if options.dataset == 'camvid':
        train, val = (CamVidDataset(options.data_dir, split) for split in ('train', 'val'))
        return train, val.slice[: options.val_limit]
    drawn = SyntheticStreetDataset('train', size=options.size, length=options.train_length)
    return drawn, SyntheticStreetDataset('val', size=options.size).slice[: options.val_limit]


def build_trainer(options: argparse.Namespace, train: Any, val: Any) -> Any:
    """Build a trainer that is ready to run, or to be resumed.

    Args:
        options: The command's.
        train: Samples to train on, without augmentation.
        val: Samples to evaluate on.

    Returns:
        A trainer, whose network is ``trainer.updater.get_optimizer('main').target.predictor``.
    """
    draw_to_files()
    random.seed(options.seed)
    np.random.seed(options.seed)
    n_class = len(camvid_label_names)
    labels = train.slice[:_WEIGHED, 'label']
    weights = median_frequency_weights(labels, n_class) ** np.float32(options.class_weight_power)
    link = SegNetBasic(n_class=n_class, pretrained_model=options.initial_weights)
    model = PixelwiseSoftmaxClassifier(link, class_weight=weights)
    to_device(model, options.gpu)
    optimizer, attribute = _optimizer(options, model)

    augmentation = Augmentation(tuple(options.crop_size), tuple(options.scales), options.jitter)
    samples = chainer.datasets.TransformDataset(train, augmentation)
    iterator = chainer.iterators.SerialIterator(samples, options.batchsize)
    device = chainer.get_device(options.gpu if options.gpu >= 0 else '@numpy')
    updater = chainer.training.updaters.StandardUpdater(iterator, optimizer, device=device)
    trainer = chainer.training.Trainer(updater, (options.iteration, 'iteration'), str(options.out))
    _extend(trainer, options, model.predictor, val)
    trainer.extend(
        extensions.observe_value('rate', lambda _: getattr(optimizer, attribute)),
        trigger=(options.log_interval, 'iteration'),
    )
    return trainer


def _optimizer(options: argparse.Namespace, model: Any) -> tuple[Any, str]:
    """The optimizer, and which of its hyperparameters follows the schedule."""
    if options.optimizer == 'adamw':
        attribute, start = 'eta', 1.0
        optimizer = chainer.optimizers.AdamW(
            alpha=options.learning_rate,
            # Chainer subtracts this share of the weights; others the rate times the decay.
            weight_decay_rate=options.learning_rate * options.weight_decay,
        )
        optimizer.setup(model)
    else:
        attribute, start = 'lr', options.learning_rate
        optimizer = chainer.optimizers.MomentumSGD(lr=start, momentum=0.9)
        optimizer.setup(model)
        optimizer.add_hook(chainer.optimizer_hooks.WeightDecay(options.weight_decay))
    optimizer.add_hook(
        Schedule(options.schedule, n_iteration=options.iteration, attribute=attribute, start=start)
    )
    return optimizer, attribute


def _extend(trainer: Any, options: argparse.Namespace, link: Any, val: Any) -> None:
    """Add evaluation, log, plots and snapshots, and the end of a training that diverges."""
    trainer.extend(StopOnDivergence())
    log = options.log_interval, 'iteration'
    evaluation = options.eval_interval, 'iteration'
    networks = {'validation': (link, 'best.npz')}
    if options.average_decay:
        average = ExponentialMovingAverage(link, options.average_decay)
        trainer.extend(average)
        networks['average'] = average.link, 'best_average.npz'
    for name, (network, best) in networks.items():
        val_iterator = chainer.iterators.SerialIterator(val, 1, repeat=False, shuffle=False)
        trainer.extend(
            SemanticSegmentationEvaluator(val_iterator, network, camvid_label_names, optimize=True),
            name=name,
            trigger=evaluation,
        )
        trainer.extend(
            extensions.snapshot_object(network, best),
            trigger=triggers.MaxValueTrigger(f'{name}/main/miou', evaluation),
        )
    scores = [*(f'{name}/main/miou' for name in networks), 'validation/main/pixel_accuracy']
    trainer.extend(extensions.LogReport(trigger=log))
    columns = ['iteration', 'epoch', 'rate', 'main/loss', *scores, 'elapsed_time']
    # By default it prints to the stream that there was when Chainer was imported.
    trainer.extend(extensions.PrintReport(columns, out=sys.stdout), trigger=log)
    if extensions.PlotReport.available():
        trainer.extend(
            extensions.PlotReport(['main/loss'], 'iteration', trigger=log, filename='loss.png')
        )
        trainer.extend(
            extensions.PlotReport(scores, 'iteration', trigger=evaluation, filename='miou.png')
        )
    trainer.extend(RandomStates())
    trainer.extend(
        extensions.snapshot(n_retains=2), trigger=(options.snapshot_interval, 'iteration')
    )


def resume(trainer: Any, folder: Path) -> None:
    """Load the last snapshot in a folder, which must be your own: Chainer unpickles parts of it.

    Raises:
        UserError: There is none, or it is broken.
    """
    numbers = [
        int(found[1])
        for path in folder.glob('snapshot_iter_*')
        if (found := re.fullmatch(r'snapshot_iter_(\d+)', path.name))
    ]
    if not numbers:
        raise UserError(f'{folder} holds no snapshot to resume from')
    load_snapshot(folder / f'snapshot_iter_{max(numbers)}', trainer)
