import re

import pytest

from tests.benchmarks.test_peers import run


@pytest.mark.slow
def test_labels_of_trained_weights_are_the_same_but_for_ties():
    lines = run('labels.py', '--limit', '1', '--double').splitlines()
    assert [line.partition(':')[0] for line in lines] == ['optimized', 'double precision']
    for line in lines:
        differ, pixels, ties = map(int, re.findall(r'\b(\d+) (?:of|pixels)', line)[:3])
        assert pixels == 360 * 480
        assert ties <= differ < 1e-3 * pixels
