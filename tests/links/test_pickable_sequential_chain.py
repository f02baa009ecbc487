import copy
import pickle

import chainer.functions as F
import chainer.links as L
import numpy as np
import pytest

from chainercv_seg.links import DilatedResNet, PickableSequentialChain
from chainercv_seg.links.convolution import leave_unset

X = np.random.default_rng(0).normal(size=(2, 4)).astype('f')


@pytest.fixture
def chain():
    chain = PickableSequentialChain()
    with chain.init_scope():
        chain.fc1 = L.Linear(4, 3)
        chain.relu = F.relu
        chain.fc2 = L.Linear(3, 2)
    chain.not_a_layer = F.tanh
    return chain


def test_layers_are_what_was_registered_in_order(chain):
    assert chain.layer_names == ['fc1', 'relu', 'fc2']
    assert {name for name, _ in chain.namedparams()} == {'/fc1/W', '/fc1/b', '/fc2/W', '/fc2/b'}


def test_a_layer_that_is_replaced_keeps_its_place(chain):
    with chain.init_scope():
        chain.relu = F.sigmoid
    assert chain.layer_names == ['fc1', 'relu', 'fc2']


def test_picked_layers_come_in_the_order_of_the_pick(chain):
    fc1 = chain.fc1(X).array
    last = chain.fc2(F.relu(fc1)).array
    np.testing.assert_array_equal(chain(X).array, last)
    chain.pick = 'fc1'
    np.testing.assert_array_equal(chain(X).array, fc1)
    for pick in (['fc2', 'fc1'], (name for name in ('fc2', 'fc1'))):
        chain.pick = pick
        assert chain.pick == ('fc2', 'fc1')
        found = chain(X)
        np.testing.assert_array_equal(found[0].array, last)
        np.testing.assert_array_equal(found[1].array, fc1)
    chain.pick = ('fc1',)
    assert isinstance(chain(X), tuple)
    chain.pick = None
    np.testing.assert_array_equal(chain(X).array, last)


@pytest.mark.parametrize('pick', ['fc9', ['fc1', 'fc9'], 'not_a_layer', []])
def test_only_layers_can_be_picked(chain, pick):
    with pytest.raises(ValueError, match='fc1, relu, fc2'):
        chain.pick = pick


@pytest.mark.parametrize('pick', ['fc9', ['fc1', 'fc9']])
def test_a_wrong_name_is_told_in_chainercvs_words_first(chain, pick):
    with pytest.raises(ValueError, match=r'^Invalid layer name \(fc9\): .*fc1, relu, fc2'):
        chain.pick = pick


def test_layers_behind_the_last_pick_are_not_run(chain):
    chain.pick = 'fc1'
    with chain.init_scope():
        chain.fc2 = lambda x: pytest.fail('it ran')
    chain(X)


def test_unused_layers_can_be_removed_and_picked_ones_cannot(chain):
    chain.remove_unused()
    assert chain.layer_names == ['fc1', 'relu', 'fc2']
    chain.pick = 'relu'
    chain.remove_unused()
    assert chain.layer_names == ['fc1', 'relu']
    assert not hasattr(chain, 'fc2')
    with pytest.raises(AttributeError, match=r'^layer relu is registered to pick'):
        del chain.relu
    del chain.not_a_layer


@pytest.mark.parametrize('copied', [copy.deepcopy, lambda chain: chain.copy(mode='copy')])
def test_a_copy_has_layers_of_its_own(chain, copied):
    chain.pick = 'fc1'
    other = copied(chain)
    other.pick = 'relu'
    other.remove_unused()
    assert chain.layer_names == ['fc1', 'relu', 'fc2']
    assert chain.pick == 'fc1'
    chain.pick = None
    assert chain(X).shape == (2, 2)


def test_the_networks_made_of_it_can_be_sent_to_another_process():
    network = DilatedResNet(50, initialW=leave_unset)
    assert pickle.loads(pickle.dumps(network)).layer_names == network.layer_names
