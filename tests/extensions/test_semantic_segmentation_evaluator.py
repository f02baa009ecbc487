import chainer
import numpy as np
import pytest

from chainercv_seg.evaluations import eval_semantic_segmentation
from chainercv_seg.extensions import SemanticSegmentationEvaluator
from chainercv_seg.utils.errors import RankError
from tests.communicators import run_ranks

NAMES = ('red', 'green', 'blue')


class Brightest(chainer.Link):
    """A network that takes the brightest channel for the class."""

    def predict(self, imgs):
        return [img.argmax(axis=0).astype(np.int32) for img in imgs]


def samples(n=5, labels=3):
    rng = np.random.RandomState(0)
    shapes = [(4 + i, 5) for i in range(n)]
    return [
        (rng.rand(3, *shape).astype(np.float32), rng.randint(-1, labels, shape).astype(np.int32))
        for shape in shapes
    ]


def iterator(data, batchsize=2):
    return chainer.iterators.SerialIterator(data, batchsize, repeat=False, shuffle=False)


def expected(data):
    imgs, labels = zip(*data, strict=True)
    return eval_semantic_segmentation(Brightest().predict(imgs), labels, n_class=3)


@pytest.mark.parametrize('names', [NAMES, iter(NAMES), None])
def test_the_reported_names_and_scores_are_those_of_chainercv(names):
    data = samples()
    evaluator = SemanticSegmentationEvaluator(iterator(data), Brightest(), label_names=names)
    for _ in range(2):  # the iterator starts anew
        report, scores = evaluator(), expected(data)
        for name in ('miou', 'pixel_accuracy', 'mean_class_accuracy'):
            assert report.pop(f'main/{name}') == scores[name]
        if names is not None:
            for i, name in enumerate(NAMES):
                assert report.pop(f'main/iou/{name}') == scores['iou'][i]
                assert report.pop(f'main/class_accuracy/{name}') == scores['class_accuracy'][i]
        assert report == {}


@pytest.mark.parametrize('optimize', [True, False])
def test_a_network_is_prepared_for_inference_where_that_is_asked_for(optimize, monkeypatch):
    prepared = []

    def prepare(link):
        prepared.append(link)
        return link

    monkeypatch.setattr(
        'chainercv_seg.extensions.semantic_segmentation_evaluator.optimize_if_there', prepare
    )
    data, link = samples(), Brightest()
    evaluator = SemanticSegmentationEvaluator(
        iterator(data), link, label_names=NAMES, optimize=optimize
    )
    for _ in range(2):  # the weights may have changed in between
        assert evaluator()['main/miou'] == expected(data)['miou']
    assert prepared == [link] * 2 * optimize


def test_classes_that_do_not_occur_are_nan_and_left_out_of_the_means():
    names = (*NAMES, 'black')
    report = SemanticSegmentationEvaluator(iterator(samples()), Brightest(), names)()
    assert np.isnan(report['main/iou/black'])
    assert np.isnan(report['main/class_accuracy/black'])
    assert report['main/miou'] == expected(samples())['miou']


def test_a_label_beyond_the_names_is_an_error():
    evaluator = SemanticSegmentationEvaluator(iterator(samples(labels=4)), Brightest(), NAMES)
    with pytest.raises(ValueError, match='true labels must lie'):
        evaluator()


def test_in_a_training_the_scores_are_logged_as_validation():
    link = Brightest()
    optimizer = chainer.optimizers.SGD().setup(link)
    updater = chainer.training.StandardUpdater(
        iterator(samples()), optimizer, converter=lambda batch, _: batch, loss_func=lambda *_: None
    )
    updater.update_core = lambda: updater.get_iterator('main').next()
    trainer = chainer.training.Trainer(updater, (1, 'epoch'), out='.')
    seen = {}
    trainer.extend(SemanticSegmentationEvaluator(iterator(samples()), link, NAMES))
    trainer.extend(
        lambda trainer: seen.update(trainer.observation),
        trigger=(1, 'epoch'),
        name='see',
        priority=-1,
    )
    trainer.run()
    assert seen['validation/main/miou'] == expected(samples())['miou']
    assert 'validation/main/iou/green' in seen


@pytest.mark.parametrize('size', [1, 2, 3])
@pytest.mark.parametrize('names', [NAMES, None])
def test_ranks_report_what_one_process_does(size, names):
    data = samples(n=12)

    def run(comm):
        own = iterator(data, batchsize=6) if comm.rank == 0 else None
        return SemanticSegmentationEvaluator(own, Brightest(), names, comm=comm)()

    alone = SemanticSegmentationEvaluator(iterator(data), Brightest(), names)()
    first, *others = run_ranks(size, run)
    assert first == alone
    assert others == [{}] * (size - 1)


@pytest.mark.parametrize('guilty', [0, 1])
def test_a_rank_that_fails_ends_all(guilty):
    class Broken(Brightest):
        def predict(self, imgs):
            raise KeyError('broken')

    def run(comm):
        link = Broken() if comm.rank == guilty else Brightest()
        own = iterator(samples()) if comm.rank == 0 else None
        return SemanticSegmentationEvaluator(own, link, NAMES, comm=comm)()

    errors = run_ranks(2, run)
    assert isinstance(errors[guilty], KeyError)
    assert isinstance(errors[1 - guilty], RuntimeError)
    assert "KeyError: 'broken'" in str(errors[1 - guilty])


class Biased(Brightest):
    """With a parameter, and a statistic that is no parameter."""

    def __init__(self, bias, mean):
        super().__init__()
        with self.init_scope():
            self.b = chainer.Parameter(np.full(1, bias, 'f'))
        self.add_persistent('mean', np.full(1, mean, 'f'))


@pytest.mark.parametrize(
    ('link', 'names', 'text'),
    [
        (Biased(1, 0), NAMES, 'weights and batch statistics: '),
        (Biased(0, 1), NAMES, 'weights and batch statistics: '),
        (Biased(0, 0), ('red', 'blue', 'green'), 'class names: '),
        (Biased(0, 0), None, 'class names: '),
    ],
)
def test_ranks_that_would_evaluate_different_networks_all_raise(link, names, text):
    def run(comm):
        own = iterator(samples()) if comm.rank == 0 else None
        arguments = (link, names) if comm.rank == 1 else (Biased(0, 0), NAMES)
        return SemanticSegmentationEvaluator(own, *arguments, comm=comm)()

    errors = run_ranks(3, run)
    assert all(isinstance(error, RankError) for error in errors)
    with pytest.raises(RankError, match=f'do: {text}.* in ranks 0, 2 on .* in rank 1 on'):
        raise errors[0]


def test_images_are_not_kept():
    class Image(np.ndarray):
        alive = most = 0

        def __array_finalize__(self, _):
            Image.alive += 1
            Image.most = max(Image.most, Image.alive)

        def __del__(self):
            Image.alive -= 1

    class Many(chainer.dataset.DatasetMixin):
        def __len__(self):
            return 60

        def get_example(self, i):
            return np.zeros((3, 4, 5), np.float32).view(Image), np.zeros((4, 5), np.int32)

    class First(Brightest):
        def predict(self, imgs):
            return [np.zeros((4, 5), np.int32) for _ in imgs]

    SemanticSegmentationEvaluator(iterator(Many()), First(), NAMES)()
    assert Image.most < 12
