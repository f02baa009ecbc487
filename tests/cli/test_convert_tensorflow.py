"""Graphs and checkpoints of TensorFlow, converted, against what the graph computes."""

import numpy as np
import pytest

from chainercv_seg.cli.convert import main
from chainercv_seg.links import DeepLabV3plusXception65
from chainercv_seg.prepared import optimize
from chainercv_seg.weights import list_weights
from tests import parity
from tests.originals.tensorflow_checkpoints import write_checkpoint
from tests.originals.tensorflow_deeplab import Graph
from tests.weights.conversion.files import frozen_graph

SIZES = [(65, 65), (40, 57)]


def image(size):
    patches = np.random.RandomState(1).randint(0, 256, (1, 3, size[0] // 9 + 1, size[1] // 9 + 1))
    return np.kron(patches, np.ones((9, 9)))[:, :, : size[0], : size[1]].astype(np.float32)


def graph(size, *, output_stride, rates, taken_apart, n_class=4):
    """The same weights for each size."""
    made = Graph(n_class, size, output_stride=output_stride, rates=rates, taken_apart=taken_apart)
    if size == SIZES[0]:
        made.balance(image(size).transpose(0, 2, 3, 1))
    return made


KINDS = {
    'output stride 16, rates as in 2018': (16, (6, 12, 18), True),
    'output stride 8, rates as attributes': (8, (12, 24, 36), False),
}


@pytest.mark.slow
@pytest.mark.parametrize(
    ('output_stride', 'rates', 'taken_apart'),
    [pytest.param(*arguments, id=name) for name, arguments in KINDS.items()],
)
def test_the_converted_network_gives_scores_and_labels_of_the_graph(
    tmp_path, capsys, output_stride, rates, taken_apart
):
    options = {'output_stride': output_stride, 'rates': rates, 'taken_apart': taken_apart}
    source, output = tmp_path / 'frozen_inference_graph.pb', tmp_path / 'deeplab.npz'
    graphs = [graph(size, **options) for size in SIZES]
    graphs[1].arrays['logits/semantic/biases'] = graphs[0].arrays['logits/semantic/biases']
    source.write_bytes(graphs[0].file())
    assert main([str(source), str(output), '--input-size', '33', '33']) == 0
    printed = capsys.readouterr().out
    assert f'output stride {output_stride}, 4 classes' in printed
    assert 'left sub/y (): a constant of the graph, not a variable' in printed
    assert '(3, 3, 2048, 1) for aspp/atrous1/depthwise/W' in printed

    link = DeepLabV3plusXception65(pretrained_model=output)
    assert link.feature_extractor.output_stride == output_stride
    assert [a.depthwise.dilate[0] for a in (link.aspp.atrous1, link.aspp.atrous3)] == [
        rates[0],
        rates[2],
    ]
    optimized = optimize(link)
    for size, there in zip(SIZES, graphs, strict=True):
        rgb = image(size)
        made = there.run(rgb.transpose(0, 2, 3, 1))
        expected = made['logits/semantic/BiasAdd'].transpose(0, 3, 1, 2)
        limit = 1e-4 * np.abs(expected).max()
        with parity.evaluating():
            found = link(rgb / 127.5 - 1).array
        np.testing.assert_allclose(found, expected, rtol=0, atol=limit)
        np.testing.assert_allclose(optimized.score(rgb / 127.5 - 1), expected, rtol=0, atol=limit)
        logits = made['ResizeBilinear_3'][0].transpose(2, 0, 1)
        assert len(np.unique(logits.argmax(axis=0))) > 1
        for network in (link, optimized):
            (label,) = network.predict(list(rgb))
            chosen = np.take_along_axis(logits, label[None], axis=0)[0]
            assert (logits.max(axis=0) - chosen).max() <= 2 * limit  # the same but for ties
            assert (label != logits.argmax(axis=0)).mean() < 1e-3


@pytest.fixture(scope='module')
def small():
    """A graph of ADE20K's number of classes, which is not computed."""
    return graph((9, 9), output_stride=16, rates=(6, 12, 18), taken_apart=True, n_class=151)


@pytest.mark.slow
def test_the_background_of_ade20k_is_left_out_and_a_wrong_task_refused(small, tmp_path, capsys):
    source, output = tmp_path / 'graph.pb', tmp_path / 'deeplab.npz'
    source.write_bytes(small.file())
    assert main([str(source), str(output), '--task', 'voc']) == 2
    assert '151 classes, as the graphs trained on ade20k, but --task voc' in capsys.readouterr().err
    assert not output.exists()
    assert main([str(source), str(output)]) == 0
    assert 'note: class 0, the background, is left out' in capsys.readouterr().out
    link = DeepLabV3plusXception65(150, output)
    W = small.arrays['logits/semantic/weights'].transpose(3, 2, 0, 1)
    np.testing.assert_array_equal(link.decoder.conv_logits.W.array, W[1:].astype('f'))


@pytest.mark.slow
@pytest.mark.parametrize(
    'given', ['model.ckpt-7', 'model.ckpt-7.index', 'model.ckpt-7.data-00001-of-00002']
)
def test_a_checkpoint_is_read_with_the_graph_beside_it(small, tmp_path, capsys, given):
    arrays = small.variables()
    training = {f'{name}/Momentum': np.zeros((), '<f4') for name in arrays}
    counts = {'global_step': np.array(7, '<i8')}
    prefix = tmp_path / 'model.ckpt-7'
    write_checkpoint(prefix, {**arrays, **training, **counts}, shards=2, graph=small.file())
    output = tmp_path / 'deeplab.npz'
    assert main([str(tmp_path / given), str(output)]) == 0
    printed = capsys.readouterr().out
    assert 'Momentum (): of the training' in printed
    assert 'output stride 16, 151 classes' in printed
    link = DeepLabV3plusXception65(pretrained_model=output)
    W = small.arrays['aspp0/weights'].transpose(3, 2, 0, 1)
    np.testing.assert_array_equal(link.aspp.conv1x1.conv.W.array, W.astype('f'))


def test_what_does_not_tell_its_output_stride_is_refused(small, tmp_path, capsys):
    prefix, output = tmp_path / 'model.ckpt-7', tmp_path / 'deeplab.npz'
    write_checkpoint(prefix, small.variables())
    assert main([str(prefix), str(output)]) == 1
    assert 'does not tell its output stride, on which the labels depend' in capsys.readouterr().err
    (tmp_path / 'graph.pb').write_bytes(frozen_graph(small.variables()))
    assert main([str(tmp_path / 'graph.pb'), str(output)]) == 1
    assert 'give --output-stride 8 or 16' in capsys.readouterr().err
    assert not output.exists()


def test_other_strides_than_the_networks_are_refused(small, tmp_path, capsys):
    source, output = tmp_path / 'graph.pb', tmp_path / 'deeplab.npz'
    source.write_bytes(small.file())
    assert main([str(source), str(output), '--output-stride', '8']) == 1
    error = capsys.readouterr().err
    assert 'holds another network: its convolution that would be feature_extractor/' in error
    assert error.count('\n') == 1


@pytest.mark.parametrize(
    ('names', 'what'),
    [
        (['MobilenetV2/Conv/weights', 'logits/semantic/weights'], 'on a MobileNet'),
        (['xception_71/a/weights', 'decoder/a/weights'], 'another number of layers than 65'),
        (['xception_65/a/weights', 'aspp0/weights'], 'DeepLabV3 without decoder, on Xception-65'),
        (['resnet_v1_101/a/weights'], 'DeepLab on a ResNet'),
    ],
)
def test_the_closest_network_is_named(tmp_path, capsys, names, what):
    source, output = tmp_path / 'graph.pb', tmp_path / 'deeplab.npz'
    source.write_bytes(frozen_graph({name: np.zeros((1, 1, 2, 2)) for name in names}))
    assert main([str(source), str(output)]) == 1
    error = capsys.readouterr().err
    assert 'holds no network of ours: it looks like DeepLab' in error
    assert what in error


def test_a_graph_with_a_variable_less_or_more_is_refused(small, tmp_path, capsys):
    source, output = tmp_path / 'graph.pb', tmp_path / 'deeplab.npz'
    arrays = small.variables()
    arrays['aspp9/weights'] = np.zeros((1, 1, 2, 2))
    del arrays['aspp0/weights']
    source.write_bytes(frozen_graph(arrays))
    assert main([str(source), str(output), '--output-stride', '16']) == 1
    error = capsys.readouterr().err
    assert 'Missing in the file: aspp0/weights.' in error
    assert 'Left over in it: aspp9/weights' in error
    assert not output.exists()


def test_the_name_of_published_weights_which_need_other_arguments_is_refused(tmp_path, capsys):
    (record, *_) = list_weights('deeplab_v3plus_xception65', 'voc')
    output = tmp_path / record.file_name
    assert main([str(tmp_path / 'graph.pb'), str(output), '--task', 'voc']) == 2
    assert 'is the name of published weights' in capsys.readouterr().err
