import re

import pytest

from chainercv_seg.utils import ProgressHook


def test_the_number_of_samples_grows_by_those_of_each_batch(capsys):
    hook = ProgressHook()
    hook(([1, 2, 3],), ([0, 0, 0],), ())
    hook(([1, 2],), ([0, 0],), ())
    assert re.fullmatch(
        r'\r3 samples, [\d.]+ samples/sec\r5 samples, [\d.]+ samples/sec', capsys.readouterr().out
    )


@pytest.mark.parametrize(
    ('total', 'eta'), [(100, r' +\d+:\d\d:\d\d'), (3, ' +0:00:00'), (2, ' +0:00:00')]
)
def test_the_time_left_is_shown_where_the_total_is_known(capsys, total, eta):
    ProgressHook(total)(([1, 2, 3],), (), ())
    assert re.fullmatch(
        rf'\r3 of {total} samples, [\d.]+ samples/sec, ETA{eta}', capsys.readouterr().out
    )
