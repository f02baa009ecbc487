import pytest

from tests.benchmarks.test_peers import rows, run


@pytest.mark.slow
def test_one_command_times_training_and_compares_gradients():
    output = run('training.py', '--crop-size', '32', '32', '--batchsize', '2', '--repeats', '1')
    found = rows(output)
    assert list(found)[:2] == ['ours', 'Chainer']
    seconds, ratio, error = found['ours']
    assert float(seconds) >= 0  # a number: on a quick machine 0 when it is rounded
    assert ratio == '1.00'
    assert float(error) < 1e-4
