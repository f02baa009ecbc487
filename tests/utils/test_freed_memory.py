import subprocess
import sys

from chainercv_seg.utils.freed_memory import keep_freed_memory

# Arrays of 40 MB are always the system's own pages, unless they are kept.
CODE = """
import resource, sys
import numpy as np
from chainercv_seg.utils.freed_memory import keep_freed_memory

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):
        np.empty(10_000_000, np.float32).fill(1)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

given_back = faults()
done = keep_freed_memory()
faults()
print(given_back, faults(), done)
"""


def test_freed_memory_is_used_again_without_new_pages():
    output = subprocess.run(
        [sys.executable, '-c', CODE], check=True, capture_output=True, text=True
    ).stdout
    given_back, kept, done = output.split()
    assert int(given_back) >= 20 * 10  # 20 pages of 2 MB each, or 10,000 of 4 kB
    if done == 'True':
        assert int(kept) < 20


def test_another_c_library_is_left_alone(monkeypatch):
    monkeypatch.setattr('platform.libc_ver', lambda: ('', ''))
    assert not keep_freed_memory()
