"""Networks, weights and inputs that these tests and ChainerCV 0.13.1 compute the same from.

``data/make_golden.py`` runs this file with ChainerCV on Python 3.8.
"""

import contextlib
import zlib

import chainer
import numpy as np

#: Of each network: class, constructor arguments, shape of the input, and the arrays whose gradients
#: are kept, which lie before, between and behind everything that dilates, pools or resizes.
CASES = {
    'segnet': (
        'SegNetBasic',
        {'n_class': 4},
        (2, 3, 45, 58),
        (
            'conv1/W',
            'conv3_bn/gamma',
            'conv_decode4/W',
            'conv_decode1_bn/beta',
            'conv_classifier/W',
        ),
    ),
    'pspnet_resnet50': (
        'PSPNetResNet50',
        {'n_class': 5, 'input_size': (75, 60)},
        (4, 3, 75, 60),
        (
            'extractor/conv1_1/conv/W',
            'extractor/res4/a/residual_conv/conv/W',
            'extractor/res5/b2/conv2/conv/W',
            'ppm/1/conv/W',
            'ppm/2/bn/gamma',
            'head_conv1/conv/W',
            'head_conv2/b',
        ),
    ),
    'pspnet_resnet101': (
        'PSPNetResNet101',
        {'n_class': 3, 'input_size': 48},
        (3, 3, 48, 48),
        ('extractor/res4/b22/conv2/conv/W', 'ppm/0/conv/W', 'head_conv2/W'),
    ),
    'deeplab_v3plus_xception65': (
        'DeepLabV3plusXception65',
        {
            'n_class': 5,
            'min_input_size': (41, 57),
            'extractor_kwargs': {'bn_kwargs': {'decay': 0.9997, 'eps': 1e-3}},
            'aspp_kwargs': {'bn_kwargs': {'decay': 0.9997, 'eps': 1e-5}},
            'decoder_kwargs': {'bn_kwargs': {'decay': 0.9997, 'eps': 1e-5}},
        },
        (3, 3, 41, 57),
        (
            'feature_extractor/entryflow_conv1/conv/W',
            'feature_extractor/middleflow_block8/separable2/depthwise/W',
            'feature_extractor/exitflow_block2/separable3/pointwise/W',
            'aspp/atrous1/depthwise/W',
            'aspp/proj/bn/gamma',
            'decoder/feature_proj/conv/W',
            'decoder/conv_logits/b',
        ),
    ),
}


def random(name):
    """A generator of its own for each name."""
    return np.random.RandomState(zlib.crc32(name.encode()))


def state(link):
    """All arrays and numbers of a network by their name in a weight file."""
    return chainer.serializers.npz.serialize(link)


def fill(link):
    """Give each weight of a network values that depend only on its name and shape."""
    for name, array in state(link).items():
        if array.dtype.kind == 'S':
            continue  # the arguments that a network stores
        kind = name.rsplit('/', 1)[1]
        uniform = random(name).random_sample(array.shape) if array.ndim else None
        if kind == 'W':
            # He's variance: the scores of deep networks stay of the size of the input.
            array[...] = (uniform - 0.5) * np.sqrt(24.0 / np.prod(array.shape[1:]))
        elif kind == 'gamma':
            # Residual branches end small, as in trained networks, lest rounding errors grow.
            small = name.endswith(('conv3/bn/gamma', 'separable3/pw_bn/gamma'))
            array[...] = (0.5 + 0.5 * uniform) * (0.2 if small else 1)
        elif kind == 'avg_var':
            array[...] = 0.8 + 0.8 * uniform
        elif kind in ('b', 'beta', 'avg_mean'):
            array[...] = 0.2 * uniform - 0.1
        else:
            assert kind == 'N', name
    return link


def inputs(name):
    """Input ``(N, 3, H, W)`` of a case: smooth, in the range that its network takes."""
    n, _, height, width = CASES[name][2]
    coarse = random(name).random_sample((n, 3, height // 8 + 2, width // 8 + 2))
    y, x = np.arange(height) / 8.0, np.arange(width) / 8.0
    rows = _blend(coarse, y, 2)
    image = 255 * _blend(rows, x, 3)
    if 'deeplab' in name:
        image = image / 127.5 - 1
    elif 'pspnet' in name:
        image = image - 115
    return image.astype(np.float32)


def _blend(a, at, axis):
    low = np.floor(at).astype(int)
    weight = (at - low).reshape((-1,) + (1,) * (3 - axis))
    return np.take(a, low, axis) * (1 - weight) + np.take(a, low + 1, axis) * weight


def labels(name, shape, n_class):
    """Label maps, a quarter of which are the ignore label."""
    label = random(name + 'labels').randint(0, n_class, shape)
    label[:, : shape[1] // 2, : shape[2] // 2] = -1
    return label.astype(np.int32)


@contextlib.contextmanager
def evaluating():
    """The mode of prediction."""
    with chainer.using_config('train', False), chainer.no_backprop_mode():
        yield


def forward(link, name):
    """Scores of a network in the mode of prediction."""
    with evaluating():
        return link(inputs(name)).array


def train_step(classifier_class, link, name):
    """Loss, gradients and batch statistics of one step of training: ``{name: array}``.

    Of a gradient, the norm comes first, then some entries; of the statistics, the norms.
    """
    n_class = CASES[name][1]['n_class']
    classifier = classifier_class(
        fill(link), ignore_label=-1, class_weight=np.linspace(0.5, 2, n_class).tolist()
    )
    with evaluating():
        shape = link(inputs(name)).shape
    classifier.cleargrads()
    np.random.seed(0)  # of dropout
    with chainer.using_config('train', True):
        loss = classifier(inputs(name), labels(name, (shape[0], *shape[2:]), n_class))
        loss.backward()
    found = {'loss': loss.array}
    parameters = dict(link.namedparams())
    for path in CASES[name][3]:
        gradient = parameters['/' + path].grad.astype(np.float64).ravel()
        norm = np.linalg.norm(gradient)
        found['grad/' + path] = np.concatenate([[norm], gradient[:: gradient.size // 20 + 1]])
    statistics = [
        array
        for path, array in sorted(state(link).items())
        if path.endswith(('avg_mean', 'avg_var'))
    ]
    found['statistics'] = np.array([np.linalg.norm(array) for array in statistics])
    return found
