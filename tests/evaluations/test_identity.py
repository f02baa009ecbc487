import os
import shutil

import pytest
from chainer import Chain
from chainer.links import BatchNormalization, Convolution2D

from chainercv_seg.evaluations.identity import evaluation_identity
from chainercv_seg.inference import optimize
from chainercv_seg.links import SegNetBasic


class Files:
    def __init__(self, folder):
        self.paths = sorted(folder.glob('?'))
        self.labels = sorted(folder.glob('label?'))

    def __len__(self):
        return len(self.paths)

    def sample_files(self, i):
        return tuple(map(str, (self.paths[i], *self.labels[i : i + 1])))


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / 'data'
    path.mkdir()
    for name in 'abc':
        (path / name).write_text(name)
        (path / f'label{name}').write_text(name)
    return path


def identity(folder, link=0, **changes):
    arguments = {
        'label_names': ('x', 'y'),
        'protocol': {'data': 'letters', 'flip': False},
        'weights_sha256': '0' * 64,
        **changes,
    }
    return evaluation_identity(link, Files(folder), **arguments)


def test_an_evaluation_is_the_same_when_its_files_have_moved(folder, tmp_path):
    before = identity(folder)
    shutil.move(folder, tmp_path / 'elsewhere')
    assert identity(tmp_path / 'elsewhere') == before


@pytest.mark.parametrize(
    'changes',
    [
        {'link': 'another class'},
        {'label_names': ('y', 'x')},
        {'protocol': {'data': 'letters', 'flip': True}},
        {'weights_sha256': '1' * 64},
    ],
)
def test_it_is_another_when_network_classes_protocol_or_weights_are_others(folder, changes):
    assert identity(folder, **changes) != identity(folder)


@pytest.mark.parametrize(
    'change',
    [
        lambda folder: (folder / 'a').write_text('longer'),
        lambda folder: (folder / 'a').rename(folder / 'd'),
        lambda folder: (folder / 'd').write_text('d'),
        lambda folder: (folder / 'b').unlink(),
        lambda folder: (folder / 'labelb').write_text('longer'),
        lambda folder: (folder / 'labelb').write_text('c'),  # of the same size
        lambda folder: (folder / 'labelb').rename(folder / 'labelz'),
    ],
)
def test_it_is_another_when_files_are_others(folder, change):
    before = identity(folder)
    change(folder)
    assert identity(folder) != before


def test_a_data_set_without_files_needs_a_name():
    arguments = {'label_names': (), 'weights_sha256': '0' * 64}
    with pytest.raises(ValueError, match="needs its name as 'data' in protocol"):
        evaluation_identity(0, range(3), protocol={}, **arguments)
    a, b = (evaluation_identity(0, range(3), protocol={'data': x}, **arguments) for x in 'ab')
    assert a != b


def test_a_link_is_known_by_its_parameters_and_persistent_values(folder):
    def weights(link):
        return identity(folder, link, weights_sha256=None)['weights']

    link = BatchNormalization(3)
    before = weights(link)
    assert weights(link.copy('copy')) == before
    link.gamma.array[1] += 1e-6
    assert weights(link) != before
    other = BatchNormalization(3)
    other.avg_mean[2] += 1e-6
    assert weights(other) != before


def test_parameters_that_are_not_there_yet_are_known_too(folder):
    assert identity(folder, Convolution2D(None, 2, 3), weights_sha256=None)['weights']


@pytest.mark.parametrize('link', [0, Chain()], ids=['no link', 'no parameters'])
def test_a_network_without_parameters_needs_a_hash(folder, link):
    with pytest.raises(ValueError, match='a journal needs weights_sha256'):
        identity(folder, link, weights_sha256=None)


def test_names_that_are_no_text_tell_data_too(folder):
    before = identity(folder)
    for name in (b'\xe9', b'\xe8'):
        (folder / 'a').rename(folder / os.fsdecode(name))
        assert identity(folder) != before
        (folder / os.fsdecode(name)).rename(folder / 'a')


def test_a_journal_of_versions_that_prepared_networks_otherwise_goes_on(folder):
    prepared = optimize(SegNetBasic(2))
    assert identity(folder, prepared)['network'] == 'OptimizedSegNet'
