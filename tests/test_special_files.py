"""Whatever reads or writes a file by its name refuses what is no file, by name and at once."""

import sys
from functools import partial

import numpy as np
import pytest

from chainercv_seg.cli.demo import write_indexed
from chainercv_seg.cli.folder_benchmark import read_label_names
from chainercv_seg.datasets.list_files import read_list
from chainercv_seg.evaluations import ConfusionMatrix
from chainercv_seg.evaluations.journal import Journal
from chainercv_seg.utils import read_image, read_label, write_image
from chainercv_seg.utils.file_sha256 import file_sha256
from chainercv_seg.utils.output_files import replaced_file
from chainercv_seg.weights.resolve import find_weights
from tests.special_files import SPECIAL_FILES, make_special_file, state

pytestmark = pytest.mark.skipif(sys.platform == 'win32', reason='needs FIFOs')


def write_nothing(path):
    with replaced_file(path):
        pass


CALLS = {
    'image': read_image,
    'label map': read_label,
    'list': read_list,
    'label names': read_label_names,
    'hash': file_sha256,
    'weights': partial(find_weights, 'segnet'),
    'matrix': ConfusionMatrix.load,
    'journal': lambda path: Journal(path, {}, n_class=2),
    'journal of a rank': lambda path: Journal(path.with_suffix(''), {}, n_class=2, rank=1, size=3),
    'result': write_nothing,
    'written image': partial(write_image, np.zeros((3, 2, 2)), format='png'),
    'written label map': lambda path: write_indexed(np.zeros((2, 2), int), path, [(0, 0, 0)]),
    'written matrix': ConfusionMatrix(2).save,
}


@pytest.mark.parametrize('kind', SPECIAL_FILES)
@pytest.mark.parametrize('what', CALLS)
def test_what_is_no_regular_file_is_refused_and_stays(what, kind, tmp_path):
    path = tmp_path / 'file.1'
    before = make_special_file(path, kind)
    with pytest.raises((OSError, ValueError), match=SPECIAL_FILES[kind]) as caught:
        CALLS[what](path)
    assert 'file' in str(caught.value)
    assert state(path) == before
