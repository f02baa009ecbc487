import shutil

import pytest

from chainercv_seg.evaluations.identity import evaluation_identity


class Files:
    def __init__(self, folder):
        self.paths = sorted(folder.iterdir())

    def __len__(self):
        return len(self.paths)

    def sample_name(self, i):
        return str(self.paths[i])


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / 'data'
    path.mkdir()
    for name in 'abc':
        (path / name).write_text(name)
    return path


def identity(folder, link=0, **changes):
    arguments = {
        'label_names': ('x', 'y'),
        'protocol': {'data': 'letters', 'flip': False},
        'weights': '0' * 64,
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
        {'weights': '1' * 64},
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
    ],
)
def test_it_is_another_when_files_are_others(folder, change):
    before = identity(folder)
    change(folder)
    assert identity(folder) != before


def test_data_sets_without_files_have_an_identity_too():
    arguments = {'label_names': (), 'protocol': {}, 'weights': None}
    three, four = (evaluation_identity(0, range(n), **arguments) for n in (3, 4))
    assert three != four
