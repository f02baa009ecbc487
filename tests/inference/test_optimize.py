import logging

import pytest

from chainercv_seg.inference import optimize
from chainercv_seg.inference.optimize import _announce


class Network:
    class device:
        name = '@numpy'

    def optimized(self):
        return 'prepared'


def test_the_network_decides_how_it_is_prepared():
    assert optimize(Network()) == 'prepared'


def test_one_line_a_process_says_what_the_functions_run_on(caplog):
    _announce.cache_clear()
    with caplog.at_level(logging.INFO):
        optimize(Network())
        optimize(Network())
    assert len(caplog.records) == 1
    assert 'numba' in caplog.text


def test_what_cannot_be_prepared_is_refused():
    with pytest.raises(TypeError, match='found object'):
        optimize(object())


def test_a_network_on_a_gpu_is_refused():
    network = Network()
    network.device = type('device', (), {'name': '@cupy:0'})
    with pytest.raises(ValueError, match='found one on @cupy:0: call to_cpu'):
        optimize(network)
