"""A stand-in network and images for which ChainerCV 0.13.1 and these tests predict labels.

``data/make_label_maps.py`` runs this file with ChainerCV on Python 3.8. The way from scores to
labels depends on no weights: so the network is a few sums, exact on every machine, and all its
label maps hold many classes.
"""

import numpy as np

N_CLASS = 5

#: Around PSPNet's input: the same, one pixel more along either or both axes, less, much more along
#: one axis, shrunk to fit (only the shorter side exceeds), a single row and column and pixel.
TILE_SIZES = [
    (48, 64),
    (48, 65),
    (49, 64),
    (49, 65),
    (30, 41),
    (60, 64),
    (48, 30),
    (33, 200),
    (150, 30),
    (97, 131),
    (1, 50),
    (40, 1),
    (1, 1),
]
#: The same around DeepLab's smallest canvas.
CANVAS_SIZES = [
    (33, 41),
    (33, 42),
    (34, 41),
    (34, 43),
    (20, 19),
    (9, 120),
    (110, 8),
    (70, 75),
    (1, 30),
    (2, 2),
]
#: Multiples of 16, one more, one less.
WHOLE_SIZES = [(32, 48), (33, 48), (31, 47), (17, 90), (1, 1)]

#: Of each case: class, constructor arguments, attributes that are set afterwards, image sizes.
CASES = {
    'segnet': ('SegNetBasic', {'n_class': N_CLASS}, {}, WHOLE_SIZES),
    'pspnet': ('PSPNetResNet50', {'n_class': N_CLASS, 'input_size': (48, 64)}, {}, TILE_SIZES),
    'pspnet_scales': (
        'PSPNetResNet50',
        {'n_class': N_CLASS, 'input_size': (48, 64)},
        {'scales': (0.75, 1.0, 1.3)},
        # At each scale ChainerCV has tiles for these.
        [(48, 64), (49, 65), (30, 41), (60, 64), (97, 131), (75, 30)],
    ),
    'pspnet_no_mean': (
        'PSPNetResNet50',
        {'n_class': N_CLASS, 'input_size': 48},
        {'mean': None, 'scales': (1.0,)},
        [(48, 48), (49, 50), (20, 90)],
    ),
    'deeplab': ('DeepLabV3plus', {'min_input_size': (33, 41)}, {}, CANVAS_SIZES),
    'deeplab_flip': ('DeepLabV3plus', {'min_input_size': 37, 'flip': True}, {}, CANVAS_SIZES),
    'deeplab_scales': (
        'DeepLabV3plus',
        {'min_input_size': (33, 41)},
        {'scales': (0.5, 1.0, 1.7), 'flip': True},
        [size for size in CANVAS_SIZES if min(size) > 1],  # ChainerCV fails on half a pixel
    ),
}


def images(name):
    """Images of a case, ``(3, H, W)`` float32: patches of colours, noise, and one in grey."""
    rng = np.random.RandomState(0)
    found = []
    for i, (height, width) in enumerate(CASES[name][3]):
        patches = rng.randint(0, 256, (3, height // 6 + 1, width // 6 + 1))
        image = np.kron(patches, np.ones((1, 6, 6)))[:, :height, :width]
        image += rng.randint(-20, 21, image.shape)
        if i == 3:
            image[1:] = image[0]
        found.append(image.clip(0, 255).astype(np.float32))
    return found


def scores(x):
    """Scores ``(B, N_CLASS, H, W)`` of network inputs ``(B, 3, H, W)``.

    They depend on the colours of a pixel and of the next one up and to the left, so that flips,
    offsets and padding change them. Sums are written out, lest they be rounded otherwise in a batch.
    """
    x = x / np.abs(x).max(axis=(1, 2, 3), keepdims=True).clip(1)
    near = np.roll(x, 1, axis=(2, 3))
    r, g, b = (4 * x[:, i] for i in range(3))
    r2, g2, b2 = (2 * near[:, i] for i in range(3))
    return np.stack([r - g2, g - b2, b - r2, 1 - r - b, 1 + g2 - b], axis=1)


def segnet_scores(x):
    """The same, of another size where the input is not of multiples of 16, as SegNet's."""
    height, width = (-(-length // 16) * 16 for length in x.shape[2:])
    rows, columns = np.arange(height) % x.shape[2], np.arange(width) % x.shape[3]
    return scores(x)[:, :, rows][:, :, :, columns]


def quarter_scores(x):
    """The same at a quarter of the resolution, as DeepLab's."""
    return scores(x)[:, :, ::4, ::4]


def array(x):
    """The array of a variable, or the array that it is."""
    return getattr(x, 'array', x)


def build(links, name, **kwargs):
    """Build the network of a case with the classes of ``links``, its forward pass replaced."""
    import chainer

    class_name, arguments, attributes, _ = CASES[name]
    cls = getattr(links, class_name)

    class Fixed(chainer.Chain):
        mean = np.full((3, 1, 1), 127.5, dtype=np.float32)

        def __init__(self, function):
            super().__init__()
            self.function = function

        def forward(self, *xs):
            return self.function(*xs)

    if class_name == 'DeepLabV3plus':
        link = cls(
            Fixed(lambda x: (x, x)),
            Fixed(lambda x: x),
            Fixed(lambda low, high: chainer.Variable(quarter_scores(array(high)))),
            **arguments,
            **kwargs,
        )
    else:
        function = segnet_scores if class_name == 'SegNetBasic' else scores

        class StandIn(cls):
            def forward(self, x):
                return chainer.Variable(function(array(x)))

        link = StandIn(**arguments, **kwargs)
    for key, value in attributes.items():
        setattr(link, key, value)
    return link
