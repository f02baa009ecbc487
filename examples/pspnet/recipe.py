"""The published training of PSPNet, put together from options.

Source: Zhao et al., "Pyramid Scene Parsing Network", CVPR 2017, section 5.1, and ChainerCV's
reproduction of it.
"""

import argparse
import functools
import random
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from chainercv_seg import links
from chainercv_seg.cli.benchmarks import BENCHMARKS
from chainercv_seg.extensions import (
    RandomStates,
    Schedule,
    SemanticSegmentationEvaluator,
    StopOnDivergence,
    load_snapshot,
)
from chainercv_seg.links import Conv2DBNActiv
from chainercv_seg.links.convolution import Convolution2D
from chainercv_seg.utils import UserError
from chainercv_seg.utils.devices import to_device

# isort: split
import chainer  # importable since chainercv_seg is imported
import chainer.functions as F
import chainermn
from chainer.training import extensions
from variation import VOID, Variation

_NETWORKS = {'pspnet_resnet50': 'PSPNetResNet50', 'pspnet_resnet101': 'PSPNetResNet101'}
#: Weight of the loss of the auxiliary classifier.
AUXILIARY = 0.4
#: By how much faster what is not pretrained learns.
HEAD_RATE = 10.0
WEIGHT_DECAY = 1e-4
_SNAPSHOT = 'snapshot_rank_{rank}_of_{size}_iter_'


class AuxiliaryLoss(chainer.Chain):
    """PSPNet with a second classifier on the features of ``res4``, which is used in training only.

    Args:
        predictor: A :class:`chainercv_seg.links.PSPNet`.

    Attributes:
        predictor: The network.
    """

    def __init__(self, predictor: links.PSPNet) -> None:
        super().__init__()
        initialW = chainer.initializers.HeNormal()
        with self.init_scope():
            self.predictor = predictor
            self.aux_conv1 = Conv2DBNActiv(1024, 256, 3, pad=1, initialW=initialW)
            self.aux_conv2 = Convolution2D(256, predictor.n_class, 1, initialW=initialW)

    def forward(self, x: Any, label: Any) -> chainer.Variable:
        """Compute the loss of ``(N, 3, H, W)`` images and ``(N, H, W)`` labels, void left out."""
        res4, res5 = self.predictor.extractor(x)
        scores = self.predictor.head(res5), self.aux_conv2(self.aux_conv1(res4))
        main, auxiliary = (
            F.softmax_cross_entropy(
                F.resize_images(score, label.shape[1:]), label, ignore_label=VOID
            )
            for score in scores
        )
        loss = main + AUXILIARY * auxiliary
        chainer.report({'loss': loss, 'loss/main': main, 'loss/auxiliary': auxiliary}, self)
        return loss


class GradientScaling:
    """A hook of a parameter that multiplies its gradient: it learns so much faster.

    Args:
        factor: The factor.
    """

    name = 'GradientScaling'
    timing = 'pre'
    call_for_each_param = True

    def __init__(self, factor: float) -> None:
        self.factor = factor

    def __call__(self, rule: Any, parameter: chainer.Parameter) -> None:
        """Multiply; the update rule calls this."""
        if parameter.grad is not None:
            parameter.grad *= self.factor


def build_trainer(options: argparse.Namespace, comm: Any, gpu: int) -> tuple[Any, Any]:
    """Build a trainer that is ready to run, or to be resumed.

    Args:
        options: The command's.
        comm: A ChainerMN communicator. All ranks call this.
        gpu: Number of this rank's GPU, or -1.

    Returns:
        The trainer, and the network in it.
    """
    random.seed(options.seed)
    np.random.seed(options.seed)  # the same weights in all ranks
    benchmark = BENCHMARKS[options.dataset]
    network: Any = getattr(links, _NETWORKS[options.model])(
        n_class=len(benchmark.label_names),
        pretrained_model=None if options.initial_weights == 'none' else options.initial_weights,
        input_size=options.crop_size,
        initialW=chainer.initializers.HeNormal(),
    )
    # Batch statistics of all ranks: the crops of one are too few.
    with warnings.catch_warnings():
        warnings.filterwarnings('ignore', '.*experimental', FutureWarning)
        model: Any = chainermn.links.create_mnbn_model(AuxiliaryLoss(network), comm)
    to_device(model, gpu)
    comm.bcast_data(model)
    optimizer = _optimizer(options, comm, model)

    train, val = (benchmark.load(options.data_dir, split) for split in ('train', 'val'))
    train = train.slice[: options.train_limit]
    random.seed(f'{options.seed} {comm.rank}')  # samples of their own from here on
    np.random.seed((options.seed, comm.rank))
    variation = Variation((options.crop_size, options.crop_size), network.mean)
    samples = chainer.datasets.TransformDataset(_share(train, comm, options.seed), variation)
    iterator = chainer.iterators.SerialIterator(samples, options.batchsize // comm.size)
    device = chainer.get_device(gpu if gpu >= 0 else '@numpy')
    updater = chainer.training.updaters.StandardUpdater(iterator, optimizer, device=device)
    trainer = chainer.training.Trainer(updater, (options.iteration, 'iteration'), str(options.out))
    _extend(trainer, options, comm, val.slice[: options.val_limit], benchmark.label_names)
    return trainer, model.predictor


def _share(dataset: Any, comm: Any, seed: int) -> Any:
    """The samples of this rank. All ranks have as many, so that they end an epoch together."""
    if len(dataset) < comm.size:
        raise UserError(f'{len(dataset)} images are too few for {comm.size} ranks')
    order = np.random.RandomState(seed).permutation(len(dataset))
    length = -(-len(dataset) // comm.size)
    start = min(comm.rank * length, len(dataset) - length)  # the last ones overlap
    return chainer.datasets.SubDataset(dataset, start, start + length, order)


def _optimizer(options: argparse.Namespace, comm: Any, model: Any) -> Any:
    """Momentum SGD with the mean of all ranks' gradients, the poly schedule and weight decay."""
    optimizer = chainermn.create_multi_node_optimizer(
        chainer.optimizers.MomentumSGD(lr=options.learning_rate, momentum=0.9), comm
    )
    optimizer.setup(model)
    # ChainerMN gives its first iteration, also after resuming, to sending the weights of the first
    # rank to all. They have them; and so asked, it takes note of that.
    optimizer.is_changed(model)
    for name, parameter in model.namedparams():
        if not name.endswith(('/gamma', '/beta', '/b')):
            parameter.update_rule.add_hook(chainer.optimizer_hooks.WeightDecay(WEIGHT_DECAY))
        if not name.startswith('/predictor/extractor/'):
            parameter.update_rule.add_hook(GradientScaling(HEAD_RATE))
    optimizer.add_hook(
        Schedule('poly', n_iteration=options.iteration, attribute='lr', start=options.learning_rate)
    )
    return optimizer


def _extend(trainer: Any, options: argparse.Namespace, comm: Any, val: Any, names: Any) -> None:
    """Add evaluation by all ranks, log by the first, snapshots of each, and the end if one diverges."""
    trainer.extend(StopOnDivergence(comm))
    log = options.log_interval, 'iteration'
    optimizer = trainer.updater.get_optimizer('main')
    iterator = chainer.iterators.SerialIterator(val, comm.size, repeat=False, shuffle=False)
    trainer.extend(
        SemanticSegmentationEvaluator(
            iterator, optimizer.target.predictor, names, comm=comm, optimize=True
        ),
        trigger=(options.eval_interval, 'iteration'),
    )
    if comm.rank == 0:
        trainer.extend(extensions.observe_lr(), trigger=log)
        trainer.extend(extensions.LogReport(trigger=log))
        columns = ['iteration', 'epoch', 'lr', 'main/loss', 'validation/main/miou', 'elapsed_time']
        # By default it prints to the stream that there was when Chainer was imported.
        trainer.extend(extensions.PrintReport(columns, out=sys.stdout), trigger=log)
    trainer.extend(RandomStates())
    # One a rank: each has its own place in its own samples.
    name = _SNAPSHOT.format(rank=comm.rank, size=comm.size)
    trainer.extend(
        extensions.snapshot(
            functools.partial(chainer.serializers.save_npz, compression=False),
            f'{name}{{.updater.iteration}}',
            n_retains=2,
        ),
        trigger=(options.snapshot_interval, 'iteration'),
    )


def resume(trainer: Any, comm: Any) -> None:
    """Load the newest snapshots that all ranks have. They must be your own: parts are unpickled.

    Raises:
        UserError: There are none of as many ranks, or they are broken.
    """
    folder = Path(trainer.out)
    name = _SNAPSHOT.format(rank=comm.rank, size=comm.size)
    own = {int(path.name.removeprefix(name)) for path in folder.glob(f'{name}*')}
    common = set.intersection(*comm.mpi_comm.allgather(own))
    if not common:
        raise UserError(f'{folder} holds no snapshots of {comm.size} ranks to resume from')
    load_snapshot(folder / f'{name}{max(common)}', trainer)
