"""The official DeepLabV3+ as a graph of TensorFlow: its nodes, the file that holds them, and what they
compute.

Source: tensorflow/models, research/deeplab (``core/xception.py``, ``model.py``), Xception-65,
    ``decoder_output_stride``
4. A graph is written for one size of image, as the paddings of ``SpaceToBatchND`` are constants here.
"""

import numpy as np

from tests.weights.conversion.files import field, tensor, varint


class Graph:
    """Nodes by name, each with its operation, what it reads, and attributes; constants hold arrays."""

    def __init__(self, n_class, size, *, output_stride, rates, taken_apart, seed=0):
        self.nodes, self.arrays = {}, {}
        self.n_class, self.output_stride, self.rates = n_class, output_stride, rates
        self.taken_apart = taken_apart  # whether rates are written as in 2018
        self.random = np.random.RandomState(seed)
        self.sizes = {}
        self.node('ImageTensor', 'Placeholder', size=size)
        self.build('ImageTensor')

    # Nodes, and the sizes of what they make.

    def node(self, name, op, *inputs, size=None, **attributes):
        assert name not in self.nodes, name
        self.nodes[name] = (op, list(inputs), attributes)
        self.sizes[name] = self.sizes.get(inputs[0]) if size is None and inputs else size
        return name

    def const(self, name, array):
        self.arrays[name] = np.asarray(array)
        return self.node(name, 'Const')

    def variable(self, name, array):
        """A constant that was a variable before the graph was frozen."""
        self.const(name, np.asarray(array, np.float32))
        return self.node(f'{name}/read', 'Identity', name)

    def normalized(self, x, scope, channels, eps, small=False):
        """Batch normalization, whose statistics are any."""
        kinds = {
            'gamma': self.random.uniform(0.1, 0.2, channels) * (1 if small else 5),
            'beta': self.random.normal(0, 0.1, channels),
            'moving_mean': self.random.normal(0, 0.1, channels),
            'moving_variance': 10 ** self.random.uniform(-3, 0, channels),
        }
        kinds['gamma'] *= np.sqrt(kinds['moving_variance'])
        reads = [self.variable(f'{scope}/BatchNorm/{kind}', a) for kind, a in kinds.items()]
        return self.node(
            f'{scope}/BatchNorm/FusedBatchNorm', 'FusedBatchNorm', x, *reads, epsilon=eps
        )

    def conv(self, x, scope, n_input, n, *, ksize=1, stride=1, eps, relu=True):
        """``conv2d_same``: padded on both sides alike where it has a stride."""
        scale = np.sqrt(2 / (ksize * ksize * n_input))
        W = self.random.normal(0, scale, (ksize, ksize, n_input, n))
        padding = 'SAME'
        if stride > 1 and ksize > 1:
            x, padding = self.padded(x, f'{scope}/Pad', ksize // 2), 'VALID'
        size = self.strided(x, stride, ksize, padding)
        x = self.node(
            f'{scope}/Conv2D', 'Conv2D', x, self.variable(f'{scope}/weights', W), size=size,
            strides=[1, stride, stride, 1], padding=padding, dilations=[1, 1, 1, 1],
        )  # fmt: skip
        x = self.normalized(x, scope, n, eps)
        return self.node(f'{scope}/Relu', 'Relu', x) if relu else x

    def padded(self, x, name, pad):
        paddings = self.const(
            f'{name}/paddings', np.array([[0, 0], [pad] * 2, [pad] * 2, [0, 0]], 'i4')
        )
        size = tuple(n + 2 * pad for n in self.sizes[x])
        return self.node(name, 'Pad', x, paddings, size=size)

    def strided(self, x, stride, ksize, padding):
        less = ksize - 1 if padding == 'VALID' else 0
        return tuple(-(-(n - less) // stride) for n in self.sizes[x])

    def separable(self, x, scope, n_input, n, *, stride=1, rate=1, eps, relu=False, small=False):
        """``separable_conv2d_same``: depthwise with a rate or a stride, then 1x1, both normalized."""
        there = f'{scope}_depthwise'
        W = self.random.normal(0, np.sqrt(2 / 9), (3, 3, n_input, 1))
        weights = self.variable(f'{there}/depthwise_weights', W)
        padding = 'SAME'
        if stride > 1:
            x, padding = self.padded(x, f'{there}/Pad', rate), 'VALID'
        name, size = f'{there}/depthwise', self.strided(x, stride, 3, padding)
        attributes = {'strides': [1, stride, stride, 1], 'padding': padding}
        if rate > 1 and self.taken_apart:
            x = self.apart(x, name, weights, rate, attributes)
        else:
            x = self.node(
                name, 'DepthwiseConv2dNative', x, weights, size=size,
                dilations=[1, rate, rate, 1], **attributes,
            )  # fmt: skip
        x = self.normalized(x, there, n_input, eps)
        x = self.node(f'{there}/Relu', 'Relu', x) if relu else x
        there = f'{scope}_pointwise'
        W = self.random.normal(0, np.sqrt(2 / n_input), (1, 1, n_input, n))
        x = self.node(
            f'{there}/Conv2D', 'Conv2D', x, self.variable(f'{there}/weights', W),
            strides=[1, 1, 1, 1], padding='SAME', dilations=[1, 1, 1, 1],
        )  # fmt: skip
        x = self.normalized(x, there, n, eps, small)
        return self.node(f'{there}/Relu', 'Relu', x) if relu else x

    def apart(self, x, name, weights, rate, attributes):
        """A convolution with a rate as one without, of every ``rate``-th position each."""
        size = self.sizes[x]
        block = self.const(f'{name}/SpaceToBatchND/block_shape', np.array([rate, rate], 'i4'))
        ends = [(rate, rate + -(n + 2 * rate) % rate) for n in size]
        crops = [(0, -(n + 2 * rate) % rate) for n in size]
        paddings = self.const(f'{name}/SpaceToBatchND/paddings', np.array(ends, 'i4'))
        x = self.node(f'{name}/SpaceToBatchND', 'SpaceToBatchND', x, block, paddings)
        x = self.node(
            name, 'DepthwiseConv2dNative', x, weights,
            dilations=[1, 1, 1, 1], **{**attributes, 'padding': 'VALID'},
        )  # fmt: skip
        crops = self.const(f'{name}/BatchToSpaceND/crops', np.array(crops, 'i4'))
        return self.node(f'{name}/BatchToSpaceND', 'BatchToSpaceND', x, block, crops, size=size)

    # The network.

    def build(self, image):
        eps = 1e-3
        half = self.const('sub/y', np.float32(127.5))
        x = self.node('truediv', 'RealDiv', image, half)
        x = self.node('sub_1', 'Sub', x, self.const('sub_1/y', np.float32(1)))
        root = 'xception_65'
        x = self.conv(x, f'{root}/entry_flow/conv1_1', 3, 32, ksize=3, stride=2, eps=eps)
        x = self.conv(x, f'{root}/entry_flow/conv1_2', 32, 64, ksize=3, eps=eps)
        blocks = [
            ('entry_flow/block1', 'conv', 64, (128, 128, 128), 2, 1),
            ('entry_flow/block2', 'conv', 128, (256, 256, 256), 2, 1),
            ('entry_flow/block3', 'conv', 256, (728, 728, 728), 2, 1),
            ('middle_flow/block1', 'sum', 728, (728, 728, 728), 1, 16),
            ('exit_flow/block1', 'conv', 728, (728, 1024, 1024), 2, 1),
            ('exit_flow/block2', 'none', 1024, (1536, 1536, 2048), 1, 1),
        ]
        current, rate, low = 2, 1, None
        for name, skip, n_input, depths, stride, count in blocks:
            for i in range(count):
                scope = f'{root}/{name}/unit_{i + 1}/xception_module'
                # Where the output stride is reached, what would be strides become rates behind.
                reached = current == self.output_stride
                x, between = self.module(
                    x, scope, skip, n_input, depths,
                    stride=1 if reached else stride, rate=rate if reached else 1, eps=eps,
                )  # fmt: skip
                if reached:
                    rate *= stride
                else:
                    current *= stride
                low = between if name == 'entry_flow/block2' else low
        self.pooled(x, low)

    def module(self, x, scope, skip, n_input, depths, *, stride, rate, eps):
        h, n, between = x, n_input, None
        inside = skip == 'none'  # activations come behind each convolution, not before
        for i, depth in enumerate(depths, 1):
            h = h if inside else self.node(f'{scope}/Relu_{i}', 'Relu', h)
            h = self.separable(
                h, f'{scope}/separable_conv{i}', n, depth, stride=stride if i == 3 else 1,
                rate=rate, eps=eps, relu=inside, small=i == 3 and not inside,
            )  # fmt: skip
            between = h if i == 2 else between
            n = depth
        if skip == 'none':
            return h, between
        if skip == 'conv':
            x = self.conv(x, f'{scope}/shortcut', n_input, n, stride=stride, eps=eps, relu=False)
        return self.node(f'{scope}/add', 'Add', h, x), between

    def pooled(self, x, low):
        eps, size = 1e-5, self.sizes[x]
        axes = self.const('Mean/reduction_indices', np.array([1, 2], 'i4'))
        mean = self.node('Mean', 'Mean', x, axes, size=(1, 1))
        mean = self.conv(mean, 'image_pooling', 2048, 256, eps=eps)
        branches = [self.resized(mean, 'ResizeBilinear', size)]
        branches.append(self.conv(x, 'aspp0', 2048, 256, eps=eps))
        for i, rate in enumerate(self.rates, 1):
            branches.append(self.separable(x, f'aspp{i}', 2048, 256, rate=rate, eps=eps, relu=True))
        h = self.node('concat', 'ConcatV2', *branches)
        h = self.conv(h, 'concat_projection', 1280, 256, eps=eps)
        low = self.conv(low, 'decoder/feature_projection0', 256, 48, eps=eps)
        h = self.resized(h, 'decoder/ResizeBilinear', self.sizes[low])
        h = self.node('decoder/concat', 'ConcatV2', h, low)
        h = self.separable(h, 'decoder/decoder_conv0', 304, 256, eps=eps, relu=True)
        h = self.separable(h, 'decoder/decoder_conv1', 256, 256, eps=eps, relu=True)
        W = self.random.normal(0, 0.1, (1, 1, 256, self.n_class))
        h = self.node(
            'logits/semantic/Conv2D', 'Conv2D', h, self.variable('logits/semantic/weights', W),
            strides=[1, 1, 1, 1], padding='SAME', dilations=[1, 1, 1, 1],
        )  # fmt: skip
        b = self.variable('logits/semantic/biases', np.zeros(self.n_class))
        h = self.node('logits/semantic/BiasAdd', 'BiasAdd', h, b)
        self.resized(h, 'ResizeBilinear_3', self.sizes['ImageTensor'])

    def resized(self, x, name, size):
        shape = self.const(f'{name}/size', np.array(size, 'i4'))
        return self.node(name, 'ResizeBilinear', x, shape, size=size, align_corners=True)

    def balance(self, image):
        """Bring the scores of an image around 0, so that labels are of several classes."""
        scores = self.run(image)['logits/semantic/BiasAdd']
        self.arrays['logits/semantic/biases'] -= scores.mean(axis=(0, 1, 2))

    # What it computes, and what holds it.

    def run(self, image):
        """Compute all nodes of an image ``(N, H, W, 3)`` in [0, 255]."""
        made = {}
        for name, (op, inputs, attributes) in self.nodes.items():
            values = [made[one] for one in inputs]
            if op == 'Placeholder':
                made[name] = image.astype(np.float64)
            elif op == 'Const':
                made[name] = self.arrays[name]
            else:
                made[name] = OPERATIONS[op](*values, **attributes)
        return made

    def variables(self):
        """What a checkpoint holds."""
        return {name: array for name, array in self.arrays.items() if f'{name}/read' in self.nodes}

    def file(self):
        """The bytes of the graph."""
        return b''.join(
            field(1, node_def(name, *node, array=self.arrays.get(name)))
            for name, node in self.nodes.items()
        )


def node_def(name, op, inputs, attributes, array=None):
    data = field(1, name) + field(2, op) + b''.join(field(3, one) for one in inputs)
    if array is not None:
        kind = {'f': 1, 'i': 3}[array.dtype.kind]
        value = tensor(array.astype('<f4' if kind == 1 else '<i4'), dtype=kind)
        data += attr('dtype', field(6, kind)) + attr('value', field(8, value))
    for key, value in attributes.items():
        if isinstance(value, list):
            data += attr(key, field(1, field(3, b''.join(map(varint, value)))))
        elif isinstance(value, str):
            data += attr(key, field(2, value))
        elif isinstance(value, bool):
            data += attr(key, field(5, int(value)))
    return data


def attr(key, value):
    return field(5, field(1, key) + field(2, value))


def same(x, kh, kw, stride, rate):
    """Pad as TensorFlow's ``SAME`` does, an odd row below."""
    around = []
    for length, taps in zip(x.shape[1:3], (kh, kw), strict=True):
        needed = max((-(-length // stride) - 1) * stride + rate * (taps - 1) + 1 - length, 0)
        around.append((needed // 2, needed - needed // 2))
    return np.pad(x, ((0, 0), *around, (0, 0)))


def taps(x, W, strides, padding, dilations):
    """Yield for each tap of a kernel the positions of a map that it sees."""
    stride, rate = strides[1], dilations[1]
    kh, kw = W.shape[:2]
    x = same(x, kh, kw, stride, rate) if padding == 'SAME' else x
    height, width = (
        (length - rate * (n - 1) - 1) // stride + 1
        for length, n in zip(x.shape[1:3], (kh, kw), strict=True)
    )
    for u, v in np.ndindex(kh, kw):
        rows = slice(u * rate, u * rate + stride * (height - 1) + 1, stride)
        columns = slice(v * rate, v * rate + stride * (width - 1) + 1, stride)
        yield x[:, rows, columns], W[u, v]


def space_to_batch(x, block, paddings):
    N, _, _, C = x.shape
    x = np.pad(x, ((0, 0), *map(tuple, paddings), (0, 0)))
    b = block[0]
    H, W = x.shape[1] // b, x.shape[2] // b
    return x.reshape(N, H, b, W, b, C).transpose(2, 4, 0, 1, 3, 5).reshape(b * b * N, H, W, C)


def batch_to_space(x, block, crops):
    b = block[0]
    N, (H, W, C) = len(x) // (b * b), x.shape[1:]
    x = x.reshape(b, b, N, H, W, C).transpose(2, 3, 0, 4, 1, 5).reshape(N, H * b, W * b, C)
    (top, bottom), (left, right) = crops
    return x[:, top : x.shape[1] - bottom, left : x.shape[2] - right]


def resize_bilinear(x, size, align_corners):
    assert align_corners
    for axis, length in zip((1, 2), size, strict=True):
        at = np.linspace(0, x.shape[axis] - 1, length)
        low = np.minimum(at.astype(int), max(x.shape[axis] - 2, 0))
        share = (at - low).reshape((-1,) + (1,) * (3 - axis))
        high = np.minimum(low + 1, x.shape[axis] - 1)
        x = np.take(x, low, axis) * (1 - share) + np.take(x, high, axis) * share
    return x


OPERATIONS = {
    'Identity': lambda x: x,
    'Relu': lambda x: np.maximum(x, 0),
    'Add': np.add,
    'Sub': np.subtract,
    'RealDiv': np.divide,
    'BiasAdd': np.add,
    'Mean': lambda x, axes: x.mean(axis=tuple(axes), keepdims=True),
    'ConcatV2': lambda *maps: np.concatenate(maps, axis=3),
    'Pad': np.pad,
    'Conv2D': lambda x, W, **options: sum(a @ w for a, w in taps(x, W, **options)),
    'DepthwiseConv2dNative': lambda x, W, **options: sum(
        a * w[:, 0] for a, w in taps(x, W, **options)
    ),
    'FusedBatchNorm': lambda x, gamma, beta, mean, variance, epsilon: (
        (x - mean) / np.sqrt(variance + epsilon) * gamma + beta
    ),
    'SpaceToBatchND': space_to_batch,
    'BatchToSpaceND': batch_to_space,
    'ResizeBilinear': resize_bilinear,
}
