import io
import subprocess
import sys

import pytest

from chainercv_seg.utils.terminals import is_watched


class Terminal(io.StringIO):
    def isatty(self):
        return True


def closed():
    stream = Terminal()
    stream.close()
    return stream


@pytest.mark.parametrize(
    ('stream', 'watched'),
    [(Terminal(), True), (io.StringIO(), False), (None, False), (closed(), False)],
    ids=['terminal', 'file', 'none', 'closed'],
)
def test_bars_are_for_terminals_alone(stream, watched, monkeypatch):
    monkeypatch.setattr(sys, 'stderr', stream)
    assert is_watched() is watched


def test_a_process_without_standard_streams_evaluates(tmp_path):
    code = """
import sys
import numpy as np
from chainercv_seg.evaluations import evaluate
from chainercv_seg.utils import ProgressHook, extractall
sys.stdin = sys.stdout = sys.stderr = None  # as Python has them where they are closed
class Link:
    n_class, protocol, batchsize = 2, {'model': 'none'}, 1
    def predict(self, imgs):
        return [np.zeros(img.shape[1:], np.int32) for img in imgs]
class Dataset:
    keys = 'img', 'label'
    def __len__(self):
        return 3
    def __getitem__(self, i):
        return np.zeros((3, 4, 4), np.float32), np.zeros((4, 4), np.int32)
assert evaluate(Link(), Dataset(), label_names=['a', 'b']).pixel_accuracy == 1
ProgressHook(3)(([1],), (), ())
import zipfile
with zipfile.ZipFile(sys.argv[1] + '/a.zip', 'w') as archive:
    archive.writestr('a/b', 'c')
extractall(sys.argv[1] + '/a.zip', sys.argv[1] + '/out', '.zip')
"""
    done = subprocess.run([sys.executable, '-c', code, tmp_path], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, '')
