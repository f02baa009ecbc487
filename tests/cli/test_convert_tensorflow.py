import numpy as np
import pytest

from chainercv_seg.links import DeepLabV3plusXception65
from chainercv_seg.weights import list_weights
from tests.examples.scripts import load_script
from tests.weights.conversion.files import const, frozen_graph, scalar

# isort: split
import chainer

OFFICIAL = {
    'extractor_kwargs': {'bn_kwargs': {'eps': 1e-3}},
    'aspp_kwargs': {'bn_kwargs': {'eps': 1e-5}},
    'decoder_kwargs': {'bn_kwargs': {'eps': 1e-5}},
}


@pytest.fixture(scope='module')
def script():
    return load_script('deeplab/tf2npz.py')


@pytest.fixture(scope='module')
def network():
    """With the epsilons of the official network, and statistics of all sizes."""
    np.random.seed(0)
    link = DeepLabV3plusXception65(n_class=4, min_input_size=(65, 65), **OFFICIAL)
    for _, sub in link.namedlinks():
        if hasattr(sub, 'avg_var'):
            for array in (sub.beta.array, sub.avg_mean):
                array[...] = np.random.normal(0, 0.1, array.shape)
            sub.avg_var[...] = 10 ** np.random.uniform(-3, 0, sub.avg_var.shape)
            sub.gamma.array[...] = np.random.uniform(0.7, 1.3) * np.sqrt(sub.avg_var)
    return link


def separable(link, scope):
    yield f'{scope}_depthwise/depthwise_weights', link.depthwise.W.array.transpose(2, 3, 0, 1)
    yield from statistics(link.dw_bn, f'{scope}_depthwise')
    yield f'{scope}_pointwise/weights', link.pointwise.W.array.transpose(2, 3, 1, 0)
    yield from statistics(link.pw_bn, f'{scope}_pointwise')


def convolution(link, scope):
    yield f'{scope}/weights', link.conv.W.array.transpose(2, 3, 1, 0)
    yield from statistics(link.bn, scope)


def statistics(bn, scope):
    yield f'{scope}/BatchNorm/gamma', bn.gamma.array
    yield f'{scope}/BatchNorm/beta', bn.beta.array
    yield f'{scope}/BatchNorm/moving_mean', bn.avg_mean
    yield f'{scope}/BatchNorm/moving_variance', bn.avg_var


def variables(link, background):
    """The variables of the official graph, with their names and layout."""
    extractor, aspp, decoder = link.feature_extractor, link.aspp, link.decoder
    blocks = [(f'entryflow_block{i}', f'entry_flow/block{i}/unit_1') for i in (1, 2, 3)]
    blocks += [(f'middleflow_block{i}', f'middle_flow/block1/unit_{i}') for i in range(1, 17)]
    blocks += [(f'exitflow_block{i}', f'exit_flow/block{i}/unit_1') for i in (1, 2)]
    yield from convolution(extractor.entryflow_conv1, 'xception_65/entry_flow/conv1_1')
    yield from convolution(extractor.entryflow_conv2, 'xception_65/entry_flow/conv1_2')
    for name, scope in blocks:
        block = extractor[name]
        module = f'xception_65/{scope}/xception_module'
        for i in (1, 2, 3):
            yield from separable(block[f'separable{i}'], f'{module}/separable_conv{i}')
        if hasattr(block, 'conv'):
            yield from convolution(block.conv, f'{module}/shortcut')
    yield from convolution(aspp.image_pooling_conv, 'image_pooling')
    yield from convolution(aspp.conv1x1, 'aspp0')
    for i in (1, 2, 3):
        yield from separable(aspp[f'atrous{i}'], f'aspp{i}')
    yield from convolution(aspp.proj, 'concat_projection')
    yield from convolution(decoder.feature_proj, 'decoder/feature_projection0')
    yield from separable(decoder.conv1, 'decoder/decoder_conv0')
    yield from separable(decoder.conv2, 'decoder/decoder_conv1')
    W = decoder.conv_logits.W.array.transpose(2, 3, 1, 0)
    b = decoder.conv_logits.b.array
    if background:
        W, b = np.insert(W, 0, 9, axis=-1), np.insert(b, 0, 9)
    yield 'logits/semantic/weights', W
    yield 'logits/semantic/biases', b


@pytest.mark.parametrize('task', ['voc', pytest.param('ade20k', marks=pytest.mark.slow)])
def test_the_converted_network_computes_what_the_official_one_does(
    script, network, tmp_path, capsys, task
):
    source, output = tmp_path / 'frozen_inference_graph.pb', tmp_path / 'deeplab.npz'
    graph = frozen_graph(dict(variables(network, task == 'ade20k')))
    source.write_bytes(graph + const('sub_7/y', scalar(127.5)))
    assert script.main(['--task', task, str(source), str(output)]) == 0
    printed = capsys.readouterr().out
    assert 'left sub_7/y (): a constant of the graph, not a variable' in printed
    assert '(3, 3, 2048, 1) for aspp/atrous1/depthwise/W' in printed

    # Built as the commands do, with other epsilons.
    link = DeepLabV3plusXception65(n_class=4, min_input_size=(65, 65), pretrained_model=output)
    x = np.random.RandomState(1).uniform(-1, 1, (1, 3, 65, 65)).astype(np.float32)
    with chainer.using_config('train', False), chainer.no_backprop_mode():
        found, expected = link(x).array, network(x).array
    assert 0 < expected.std() < 100
    np.testing.assert_allclose(found, expected, rtol=0, atol=5e-4 * np.abs(expected).max())


def test_a_graph_of_another_network_is_refused(script, network, tmp_path, capsys):
    source, output = tmp_path / 'graph.pb', tmp_path / 'deeplab.npz'
    arrays = dict(variables(network, background=False))
    arrays['MobilenetV2/expanded_conv/weights'] = np.zeros((1, 1, 2, 2))
    del arrays['aspp0/weights']
    source.write_bytes(frozen_graph(arrays))
    assert script.main(['--task', 'voc', str(source), str(output)]) == 1
    error = capsys.readouterr().err
    assert 'Missing in the file: aspp0/weights.' in error
    assert 'Left over in it: MobilenetV2/expanded_conv/weights' in error
    assert not output.exists()


def test_the_name_of_published_weights_which_need_other_arguments_is_refused(
    script, tmp_path, capsys
):
    (record, *_) = list_weights('deeplab_v3plus_xception65', 'voc')
    output = tmp_path / record.file_name
    assert script.main(['--task', 'voc', str(tmp_path / 'graph.pb'), str(output)]) == 2
    assert 'is the name of published weights' in capsys.readouterr().err
