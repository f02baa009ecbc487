import argparse
import sys
from types import MappingProxyType, SimpleNamespace

import pytest

from chainercv_seg.cli import networks
from chainercv_seg.cli.networks import (
    add_network_options,
    build_network,
    check_network,
    check_network_options,
)
from chainercv_seg.engines.cpu.blas_threads import thread_count
from chainercv_seg.links import SegNetBasic
from chainercv_seg.prepared import engines
from chainercv_seg.prepared.optimize import tell_missing
from chainercv_seg.utils import DeviceError, WeightsError
from chainercv_seg.utils.errors import UsageError


def parse(weights, *arguments):
    parser = argparse.ArgumentParser()
    add_network_options(parser)
    options = parser.parse_args(
        ['--model', 'segnet', '--pretrained-model', str(weights), *arguments]
    )
    check_network_options(parser, options)
    return options


def build(weights, *arguments):
    return build_network(parse(weights, *arguments), label_names=range(11))


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


@pytest.mark.parametrize('precision', ['tf32', 'float16', 'nonsense'])
def test_a_precision_that_the_cpu_lacks_is_refused_before_anything_is_loaded(weights, precision):
    options = parse(weights, '--precision', precision)
    for step in (check_network, build_network):
        with pytest.raises(
            UsageError, match=rf'--precision must be one .* the CPU .* {precision!r}'
        ):
            step(options, label_names=range(11))


def test_chainers_own_arithmetic_has_no_other_precision(weights, capsys):
    with pytest.raises(SystemExit):
        parse(weights, '--precision', 'tf32', '--no-optimize')
    assert 'leave out --precision' in capsys.readouterr().err
    assert parse(weights, '--precision', 'float32', '--no-optimize').optimize is False


class OtherEngine(engines.CPUEngine):
    """The CPU's, which says that it knows another precision, as a GPU's does."""

    tolerance = MappingProxyType({'float32': 1e-5, 'tf32': 1e-3})

    def compile(self, program, *, precision):
        return super().compile(program)


def test_a_precision_that_the_engine_knows_is_named_in_the_protocol(weights, monkeypatch):
    monkeypatch.setattr(engines, '_engine', lambda device: OtherEngine())
    assert build(weights, '--precision', 'tf32').protocol['precision'] == 'tf32'
    assert 'precision' not in build(weights, '--precision', 'float32').protocol


def test_a_precision_that_the_processor_lacks_is_an_error_before_anything_is_loaded(
    weights, monkeypatch
):
    def lacks(self, precision):
        raise DeviceError(f'this processor does not compute in {precision}')

    monkeypatch.setattr(engines.CPUEngine, 'check_processor', lacks)
    with pytest.raises(DeviceError, match='this processor does not compute in bfloat16'):
        check_network(parse(weights, '--precision', 'bfloat16'), label_names=range(11))


@pytest.fixture
def gpu(monkeypatch):
    """A GPU that there is, whose engine is not installed; arrays stay on the CPU."""

    def missing(device):
        raise DeviceError("cuDNN's frontend does not load. Install it with: pip install X")

    monkeypatch.setattr(networks, 'check_gpu', lambda gpu: None)
    monkeypatch.setattr(networks, 'to_device', lambda link, gpu: None)
    monkeypatch.setattr(engines, '_engine', missing)
    monkeypatch.setattr(networks, '_device', lambda gpu: SimpleNamespace(name='@cupy:0'))
    tell_missing.cache_clear()
    yield
    tell_missing.cache_clear()


@pytest.mark.usefixtures('gpu')
def test_without_the_engine_for_a_gpu_one_line_says_so_and_chainer_computes(weights, caplog):
    options = parse(weights, '--gpu', '0')
    check_network(options, label_names=range(11))
    assert type(build_network(options, label_names=range(11))) is SegNetBasic
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) == 1
    assert 'pip install X' in lines[0]
    assert '\n' not in lines[0]


@pytest.mark.usefixtures('gpu')
def test_without_the_engine_a_precision_of_its_own_is_an_error(weights):
    options = parse(weights, '--gpu', '0', '--precision', 'tf32')
    with pytest.raises(DeviceError, match='pip install X'):
        check_network(options, label_names=range(11))
