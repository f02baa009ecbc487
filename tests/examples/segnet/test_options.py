import json

import pytest

from chainercv_seg.utils import UserError
from chainercv_seg.utils.errors import UsageError


@pytest.fixture
def options():
    import options

    return options


def test_a_training_of_before_there_were_precisions_goes_on_in_float32(options, tmp_path):
    arguments = ['--out', str(tmp_path)]
    options.check_or_record(options.parse(arguments))
    path = tmp_path / 'options.json'
    recorded = json.loads(path.read_text())
    assert recorded.pop('precision') == 'float32'
    path.write_text(json.dumps(recorded))
    options.check_or_record(options.parse([*arguments, '--resume']))
    with pytest.raises(UserError, match="--precision was 'float32', now 'tf32'"):
        options.check_or_record(options.parse([*arguments, '--resume', '--precision', 'tf32']))


def test_a_precision_that_the_cpu_lacks_is_refused_before_anything_is_written(options, tmp_path):
    import train

    parsed = options.parse(['--out', str(tmp_path / 'result'), '--precision', 'tf32'])
    with pytest.raises(UsageError, match='--precision tf32 needs a GPU'):
        train._train(parsed)
    assert not (tmp_path / 'result').exists()
