"""Images that changed between the runs of one journal, in the whole evaluation."""

import json
import os
import shutil
import zlib

import numpy as np
import pytest

from chainercv_seg.datasets.file_dataset import FileDataset
from chainercv_seg.evaluations import evaluate, image_stamps
from chainercv_seg.utils import JournalError, write_image

NAMES = ('dark', 'bright')


class Threshold:
    """A network that tells dark from bright."""

    def predict(self, imgs):
        return [(img[0] > 127).astype(np.int32) for img in imgs]


@pytest.fixture
def folder(tmp_path):
    """Four images and label maps in files of one size; label maps say dark."""
    path = tmp_path / 'data'
    path.mkdir()
    for i in range(4):
        write(path, i, 40 * i)
        write_image(np.zeros((1, 4, 5)), path / f'{i}_label.bmp')
    return path


def write(folder, i, value):
    write_image(np.full((3, 4, 5), value), folder / f'{i}.bmp')


def dataset_of(folder):
    return FileDataset(*([folder / f'{i}{part}.bmp' for i in range(4)] for part in ('', '_label')))


def run(folder, journal, **arguments):
    """Evaluate; returns the counts and how many were predicted now."""
    result = evaluate(
        Threshold(),
        dataset_of(folder),
        label_names=NAMES,
        protocol={'data': 'squares'},
        weights_sha256='0' * 64,
        resume=journal,
        **arguments,
    )
    return result.counts.tolist(), 4 - result.resumed


def stop_after(count):
    """Ends an evaluation as Ctrl-C does."""

    def on_image(i, *_):
        if i == count:
            raise KeyboardInterrupt

    return on_image


@pytest.fixture
def journal(folder, tmp_path):
    """The journal of an evaluation that was interrupted at the third image."""
    with pytest.raises(KeyboardInterrupt):
        run(folder, tmp_path / 'J', on_image=stop_after(2))
    return tmp_path / 'J'


COUNTS = [[80, 0], [0, 0]]


def test_what_has_not_changed_is_not_read_again(folder, journal, monkeypatch):
    monkeypatch.setattr(image_stamps.ImageStamps, 'take', lambda *_: None)
    monkeypatch.setattr(image_stamps, 'file_sha256', lambda path: pytest.fail('read again'))
    assert run(folder, journal) == (COUNTS, 2)


def test_an_image_of_the_same_name_and_size_but_another_content_is_named(folder, journal):
    before = journal.read_bytes()
    write(folder, 1, 200)
    with pytest.raises(
        JournalError, match=r'J has the counts of other images: .*1\.bmp has an.*mod'
    ):
        run(folder, journal)
    assert journal.read_bytes() == before
    write(folder, 1, 40)
    assert run(folder, journal) == (COUNTS, 2)


def test_a_change_that_hides_its_time_is_found(folder, journal):
    found = (folder / '0.bmp').stat()
    write(folder, 0, 200)
    os.utime(folder / '0.bmp', ns=(found.st_atime_ns, found.st_mtime_ns))
    with pytest.raises(JournalError, match=r'0\.bmp has another content'):
        run(folder, journal)


def test_an_image_that_was_not_counted_yet_may_change(folder, journal):
    write(folder, 3, 200)
    assert run(folder, journal) == ([[60, 20], [0, 0]], 2)


@pytest.mark.parametrize(
    'copy',
    [
        lambda a, b: shutil.copytree(a, b, copy_function=shutil.copyfile),
        lambda a, b: shutil.copytree(a, b),  # with the times
        shutil.move,
        lambda a, b: [os.utime(path) for path in a.iterdir()],
        lambda a, b: [path.chmod(0o600) for path in a.iterdir()],
    ],
    ids=['copy', 'copy with times', 'move', 'touch', 'chmod'],
)
def test_a_mere_copy_goes_on(folder, journal, copy):
    other = folder.with_name('other')
    copy(folder, other)
    assert run(other if other.exists() else folder, journal) == (COUNTS, 2)


@pytest.mark.parametrize(
    ('change', 'what'),
    [
        (lambda f: write_image(np.zeros((3, 4, 9)), f / '3.bmp'), 'sizes of files'),
        (lambda f: write_image(np.ones((1, 4, 5)), f / '3_label.bmp'), 'contents of label maps'),
    ],
)
def test_what_else_has_changed_is_said(folder, journal, change, what):
    change(folder)
    with pytest.raises(JournalError, match=f'evaluation: {what} are others than in the journal'):
        run(folder, journal)


def older(journal):
    """Make a journal what the version before this one wrote: no details, no stamps."""
    header, *lines = journal.read_bytes().splitlines()
    fields = {key: value for key, value in json.loads(header).items() if key != 'details'}
    texts = [json.dumps(json.loads(line[9:])[:2], separators=(',', ':')).encode() for line in lines]
    entries = [b'%08x %s\n' % (zlib.crc32(text), text) for text in texts]
    journal.write_bytes(b''.join([json.dumps(fields).encode() + b'\n', *entries]))


def test_a_journal_of_before_is_gone_on_with_and_its_images_are_not_compared(folder, journal):
    older(journal)
    before = journal.read_bytes()
    write(folder, 1, 90)
    assert run(folder, journal) == (COUNTS, 2)
    assert journal.read_bytes().startswith(before)
    assert run(folder, journal) == (COUNTS, 0)
    write(folder, 3, 90)  # counted now
    with pytest.raises(JournalError, match=r'3\.bmp has another content'):
        run(folder, journal)


def test_a_journal_of_before_with_other_files_is_refused(folder, journal):
    older(journal)
    write_image(np.zeros((3, 4, 9)), folder / '3.bmp')
    with pytest.raises(JournalError, match=r"another evaluation: files is '[0-9a-f]{64}' in the"):
        run(folder, journal)
