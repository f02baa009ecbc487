import logging

import numpy as np
import pytest

import chainercv_seg
from chainercv_seg.links import plain_prediction
from tests import prediction
from tests.links.test_prediction import build


@pytest.fixture(autouse=True)
def _not_said():
    plain_prediction._advise.cache_clear()


def advice(caplog):
    return [record for record in caplog.records if 'chainercv_seg.optimize' in record.getMessage()]


@pytest.mark.parametrize('name', ['segnet', 'pspnet', 'deeplab'])
def test_a_plain_network_on_the_cpu_says_once_that_it_can_be_optimized(name, caplog):
    link, (image, *_) = build(name), prediction.images(name)
    assert not advice(caplog)
    for _ in range(2):
        link.predict([image])
    (record,) = advice(caplog)
    assert record.levelno == logging.WARNING


def test_an_optimized_network_and_one_that_is_to_stay_plain_say_nothing(caplog):
    link, (image, *_) = build('segnet'), prediction.images('segnet')
    expected = link.predict([image])
    caplog.clear()
    plain_prediction._advise.cache_clear()
    link.stays_plain = True
    np.testing.assert_array_equal(link.predict([image]), expected)
    assert not advice(caplog)


def test_a_network_that_was_optimized_says_nothing(caplog):
    from chainercv_seg.links import SegNetBasic

    chainercv_seg.optimize(SegNetBasic(n_class=3)).predict([np.zeros((3, 32, 32), np.float32)])
    assert not advice(caplog)
