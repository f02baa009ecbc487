import os
import subprocess
import sys

import pytest

SCRIPT = """
import os, sys
from chainercv_seg.utils.file_drawing import draw_to_files
draw_to_files()
from matplotlib import pyplot
pyplot.figure().savefig(sys.argv[1])
print(pyplot.get_backend(), os.environ.get('MPLBACKEND'))
"""


@pytest.mark.parametrize('backend', ['module://none.at_all', 'nonsense', 'TkAgg', None])
def test_pictures_are_written_whatever_a_notebook_has_set(tmp_path, backend):
    pytest.importorskip('matplotlib')
    environment = {key: value for key, value in os.environ.items() if key != 'MPLBACKEND'}
    if backend is not None:
        environment['MPLBACKEND'] = backend
    command = [sys.executable, '-c', SCRIPT, tmp_path / 'f.png']
    output = subprocess.check_output(command, env=environment, text=True)
    assert output.split() == ['agg', str(backend)]
    assert (tmp_path / 'f.png').exists()


def test_without_matplotlib_nothing_happens():
    code = (
        "import sys; sys.modules['matplotlib'] = None\n"
        'from chainercv_seg.utils.file_drawing import draw_to_files; draw_to_files()'
    )
    assert subprocess.run([sys.executable, '-c', code]).returncode == 0
