"""Trainings compute in the precision that is asked for, or say why they cannot."""

import argparse
import sys
from types import ModuleType

import pytest

from chainercv_seg.cli.training_precision import (
    add_training_precision_option,
    set_training_precision,
)
from chainercv_seg.engines.cuda import libraries
from chainercv_seg.utils.errors import DeviceError, UsageError

chainer = pytest.importorskip('chainer')


@pytest.fixture
def config(monkeypatch):
    """Chainer's configuration, put back at the end."""
    for name in ('autotune', 'convolution_precision'):
        monkeypatch.setattr(chainer.global_config, name, None, raising=False)
    return chainer.global_config


@pytest.fixture
def cudnn(monkeypatch):
    """A frontend that loads."""
    monkeypatch.setattr(libraries, 'frontend', lambda: ModuleType('cudnn'))


def test_the_cpu_trains_in_float32_alone(config):
    set_training_precision('float32', -1)
    with pytest.raises(UsageError, match='--precision tf32 needs a GPU'):
        set_training_precision('tf32', -1)
    assert config.convolution_precision is None
    assert config.autotune is None


@pytest.mark.usefixtures('cudnn')
@pytest.mark.parametrize('precision', ['float32', 'tf32'])
def test_a_gpu_trains_in_what_is_asked_for_by_the_fastest_plans(config, precision):
    set_training_precision(precision, 0)
    assert config.convolution_precision == precision
    assert config.autotune is True


def test_tf32_without_the_frontend_is_an_error_and_float32_is_none(config, monkeypatch):
    monkeypatch.setitem(sys.modules, 'cudnn', None)
    libraries.frontend.cache_clear()
    with pytest.raises(DeviceError, match='cuda12'):
        set_training_precision('tf32', 0)
    set_training_precision('float32', 0)


@pytest.mark.usefixtures('cudnn')
def test_tf32_with_chainers_own_cudnn_is_an_error(config, monkeypatch):
    monkeypatch.setattr(chainer, 'should_use_cudnn', lambda level: True)
    with pytest.raises(DeviceError, match='needs CuPy 14'):
        set_training_precision('tf32', 0)
    assert config.convolution_precision is None


def test_there_are_two_precisions():
    parser = argparse.ArgumentParser()
    add_training_precision_option(parser)
    assert parser.parse_args([]).precision == 'float32'
    assert parser.parse_args(['--precision', 'tf32']).precision == 'tf32'
    with pytest.raises(SystemExit):
        parser.parse_args(['--precision', 'float16'])
