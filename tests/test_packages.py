"""What the wheel and the source package hold, built as pip builds them, without a network."""

import email
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

import chainercv_seg

ROOT = Path(__file__).parents[1]
BUILD = """
import sys
from setuptools import build_meta
print(getattr(build_meta, 'build_' + sys.argv[1])(sys.argv[2]))
"""
IGNORED = shutil.ignore_patterns('__pycache__', '.*_cache', '.venv*', '.uv', '.git', '*.egg-info')

pytest.importorskip('setuptools', '77')
pytestmark = pytest.mark.slow


def build(kind, source, folder):
    command = [sys.executable, '-c', BUILD, kind, str(folder)]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder / done.stdout.splitlines()[-1]


@pytest.fixture(scope='module')
def sdist(tmp_path_factory):
    """The source package, unpacked; built in a copy, since building leaves files behind."""
    folder = tmp_path_factory.mktemp('sdist')
    shutil.copytree(ROOT, folder / 'copy', ignore=IGNORED)
    with tarfile.open(build('sdist', folder / 'copy', folder)) as archive:
        archive.extractall(folder)
    (source,) = folder.glob('chainercv_seg-*/')
    return source


@pytest.fixture(scope='module')
def wheel(sdist, tmp_path_factory):
    folder = tmp_path_factory.mktemp('wheel')
    with zipfile.ZipFile(build('wheel', sdist, folder)) as archive:
        archive.extractall(folder)
    return folder


def files(folder, *names):
    return {
        path.relative_to(folder).as_posix()
        for name in names
        for path in (folder / name).rglob('*')
        if path.is_file()
        and '__pycache__' not in path.parts
        and path.suffix not in ('.nbi', '.nbc')
    }


@pytest.mark.parametrize(
    'name', ['chainercv_seg', 'tests', 'docs', 'examples', 'benchmarks', '.ci']
)
def test_the_source_package_holds_the_project(sdist, name):
    assert files(sdist, name) == files(ROOT, name)


@pytest.mark.parametrize(
    'name', ['README.md', 'CONTRIBUTING.md', 'CONTEXT.md', 'CHANGELOG.md', 'CITATION.cff']
)
def test_the_source_package_holds_the_documents(sdist, name):
    assert (sdist / name).read_bytes() == (ROOT / name).read_bytes()


def test_tests_of_the_source_package_run(sdist):
    tests = ['tests/test_documents.py', 'tests/transforms', 'tests/docs']
    command = [sys.executable, '-m', 'pytest', '-q', '-p', 'no:cacheprovider', *tests]
    done = subprocess.run(command, cwd=sdist, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_wheel_holds_the_package_and_nothing_else(wheel):
    assert files(wheel, 'chainercv_seg') == files(ROOT, 'chainercv_seg')
    assert {path.name for path in wheel.iterdir() if path.is_dir()} == {
        'chainercv_seg', f'chainercv_seg-{chainercv_seg.__version__}.dist-info',
    }  # fmt: skip


def test_the_metadata_say_what_a_package_index_shows(wheel):
    (path,) = wheel.glob('*.dist-info/METADATA')
    metadata = email.message_from_string(path.read_text('utf-8'))
    assert metadata['Author'] == 'The chainercv_seg authors'
    assert metadata['License-Expression'] == 'MIT'
    assert 'semantic segmentation' in metadata['Keywords']
    assert 'Typing :: Typed' in metadata.get_all('Classifier')
    assert metadata.get_all('Project-URL')
    assert metadata['Description-Content-Type'] == 'text/markdown'
    page = metadata.get_payload()
    assert page.startswith('# chainercv_seg')
    assert '](docs/' not in page


def test_the_wheel_alone_scores_and_lists(wheel):
    for script in ('import chainercv_seg.evaluations', 'import chainercv_seg.datasets'):
        subprocess.run([sys.executable, '-c', script], cwd=wheel, check=True)
    command = [sys.executable, '-m', 'chainercv_seg', 'weights']
    done = subprocess.run(command, cwd=wheel, capture_output=True, text=True, check=False)
    assert 'camvid_scratch' in done.stdout, done.stderr
