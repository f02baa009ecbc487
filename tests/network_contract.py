"""What every network owes: the tests that each network's own test file inherits."""

import json
from pathlib import Path

import chainer
import numpy as np
import pytest

import chainercv_seg.links as links
from chainercv_seg.engines.cpu.compiled import COMPILED
from tests import parity

DATA = Path(__file__).parent / 'data'
GOLDEN = np.load(DATA / 'networks.npz')
PARAMETERS = json.loads((DATA / 'parameters.json').read_text())


def golden(name):
    """The entries of a case by what is behind its name."""
    return {k.partition('/')[2]: GOLDEN[k] for k in GOLDEN.files if k.startswith(f'{name}/')}


class NetworkContract:
    """Set ``name`` to that of a case in ``parity.py``."""

    name: str

    @classmethod
    def build(cls, **kwargs):
        class_name, arguments, _, _ = parity.CASES[cls.name]
        return getattr(links, class_name)(**{**arguments, **kwargs})

    @pytest.fixture(scope='class')
    @classmethod
    def network(cls):
        return parity.fill(cls.build())

    @pytest.fixture(scope='class')
    @classmethod
    def weight_file(cls, network, tmp_path_factory):
        path = tmp_path_factory.mktemp('weights') / f'{cls.name}.npz'
        chainer.serializers.save_npz(str(path), network, compression=False)
        return path

    def test_the_arrays_are_those_of_chainercv_before_any_forward_pass(self):
        state = parity.state(self.build())
        assert {k: list(v.shape) for k, v in state.items()} == PARAMETERS[self.name]

    def test_the_scores_are_those_of_chainercv_and_no_statistics_move(self, network):
        expected = golden(self.name)
        before = {
            k: np.copy(v)
            for k, v in parity.state(network).items()
            if k.endswith(('avg_mean', 'avg_var'))
        }
        scores = parity.forward(network, self.name)[:2, :, ::3, ::3]
        np.testing.assert_allclose(scores, expected['forward'], rtol=0, atol=1e-4 * expected['max'])
        after = parity.state(network)
        assert all(np.array_equal(after[k], before[k]) for k in before)

    def test_a_training_step_is_that_of_chainercv(self):
        # A network of its own: the step moves batch statistics.
        found = parity.train_step(links.PixelwiseSoftmaxClassifier, self.build(), self.name)
        expected = golden(self.name)
        for key, value in found.items():
            if key.startswith('grad/'):
                # Rounding moves single pixels over the kink of a ReLU, which grows on the way back;
                # test_gradients.py takes this away.
                assert value[0] == pytest.approx(expected[key][0], rel=5e-3), key
                rms = np.sqrt(np.mean(expected[key][1:] ** 2))
                error = np.abs(value[1:] - expected[key][1:])
                assert np.sqrt(np.mean(error**2)) < 0.05 * rms, key
                if not COMPILED:  # Chainer's own arithmetic
                    assert error.max() < 0.1 * rms, key
            else:
                np.testing.assert_allclose(value, expected[key], rtol=1e-4, err_msg=key)

    def test_a_saved_network_is_built_again_without_drawing_random_numbers(
        self, network, weight_file
    ):
        before = np.random.get_state()[1].copy()
        loaded = self.build(pretrained_model=weight_file)
        assert np.array_equal(np.random.get_state()[1], before)
        expected, found = parity.state(network), parity.state(loaded)
        assert all(np.array_equal(found[k], expected[k]) for k in expected)
        assert {v.dtype for k, v in found.items() if not k.endswith('/N')} == {np.dtype('f')}

    def test_loaded_weights_can_be_trained(self, weight_file):
        loaded = self.build(pretrained_model=weight_file)
        assert all(p.array.flags.writeable for p in loaded.params())

    def test_a_file_of_another_class_count_is_refused(self, weight_file):
        with pytest.raises(ValueError, match=r'Of another shape or type: .*expected float32 \(99'):
            self.build(pretrained_model=weight_file, n_class=99)

    def test_the_number_of_classes_must_be_known(self, weight_file):
        for pretrained_model in (None, weight_file):
            with pytest.raises(ValueError, match='n_class must be given'):
                self.build(pretrained_model=pretrained_model, n_class=None)

    def test_an_unknown_name_lists_the_published_ones(self):
        with pytest.raises(ValueError, match=r"'moon' is neither a file nor .*'c"):
            self.build(pretrained_model='moon')

    def test_the_number_of_classes_is_public(self, network):
        assert network.n_class == parity.CASES[self.name][1]['n_class']
