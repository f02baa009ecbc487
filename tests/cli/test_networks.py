import argparse
import sys

import pytest

from chainercv_seg.cli.networks import add_network_options, build_network
from chainercv_seg.engines.cpu.blas_threads import thread_count
from chainercv_seg.links import SegNetBasic
from chainercv_seg.utils import WeightsError


def build(weights, *arguments):
    parser = argparse.ArgumentParser()
    add_network_options(parser)
    options = parser.parse_args(
        ['--model', 'segnet', '--pretrained-model', str(weights), *arguments]
    )
    return build_network(options, label_names=range(11))


def test_a_network_is_optimized_on_the_cpu_unless_forbidden(weights):
    assert build(weights).protocol['arithmetic'] == 'optimized'
    assert type(build(weights, '--no-optimize')) is SegNetBasic


def test_the_number_of_threads_can_be_chosen(weights):
    threadpoolctl = pytest.importorskip('threadpoolctl')
    with threadpoolctl.threadpool_limits():  # puts back what the option changes
        build(weights, '--threads', '1')
        assert thread_count() == 1


def test_choosing_threads_without_threadpoolctl_names_the_extra(weights, monkeypatch):
    monkeypatch.setitem(sys.modules, 'threadpoolctl', None)
    with pytest.raises(ImportError, match=r'chainercv_seg\[fast\]'):
        build(weights, '--threads', '1')


def test_an_empty_name_of_weights_does_not_stand_for_the_published_ones():
    with pytest.raises(WeightsError, match="pretrained_model '' is neither"):
        build('')
