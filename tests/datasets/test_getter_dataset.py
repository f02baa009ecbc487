import numpy as np
import pytest

from chainercv_seg.datasets import GetterDataset


class Numbers(GetterDataset):
    def __init__(self):
        super().__init__()
        self.read = []
        self.add_getter('img', self._img)
        self.add_getter(('label', 'name'), self._pair)

    def __len__(self):
        return 10

    def _img(self, i):
        self.read.append(('img', i))
        return f'img{i}'

    def _pair(self, i):
        self.read.append(('pair', i))
        return f'label{i}', f'name{i}'


@pytest.fixture
def dataset():
    return Numbers()


def test_an_integer_gives_a_sample(dataset):
    assert dataset[3] == ('img3', 'label3', 'name3')
    assert dataset[-1] == dataset[9] == dataset[np.int64(9)]
    with pytest.raises(IndexError):
        dataset[10]
    with pytest.raises(IndexError):
        dataset[-11]


def test_slices_lists_and_arrays_give_lists(dataset):
    assert dataset[2:4] == dataset[[2, 3]] == dataset[np.array([2, 3])] == [dataset[2], dataset[3]]
    assert dataset[[]] == []
    assert dataset[np.arange(10) % 5 == 0] == [dataset[0], dataset[5]]


def test_a_getter_runs_once_a_sample(dataset):
    dataset[0]
    assert dataset.read == [('img', 0), ('pair', 0)]


def test_slicing_reads_nothing_and_only_what_is_asked_for_later(dataset):
    view = dataset.slice[5:, ('name', 'label')]
    assert len(view) == 5
    assert dataset.read == []
    assert view[1] == ('name6', 'label6')
    assert dataset.read == [('pair', 6)]


def test_a_single_key_makes_the_part_the_sample(dataset):
    view = dataset.slice[:, 'label']
    assert view.keys == 'label'
    assert view[0] == 'label0'
    assert list(view.slice[[1, -1]]) == ['label1', 'label9']


@pytest.mark.parametrize('keys', [(0, 2), ('img', 'name'), [True, False, True], (-3, -1)])
def test_keys_can_be_numbers_names_or_booleans(dataset, keys):
    view = dataset.slice[:, keys]
    assert view.keys == ('img', 'name')
    assert view[4] == ('img4', 'name4')


def test_views_of_views_index_the_view(dataset):
    view = dataset.slice[::-2].slice[[0, -1], 'img']
    assert view[:] == ['img9', 'img1']
    assert view.sample_name(1) == dataset.sample_name(1)


def test_keys_can_be_assigned(dataset):
    dataset.keys = ('label', 'img')
    assert dataset[0] == ('label0', 'img0')
    dataset.keys = 'img'
    assert dataset[0] == 'img0'
    assert dataset.slice[:2][:] == ['img0', 'img1']


@pytest.mark.parametrize(
    ('index', 'error'),
    [
        (([99],), IndexError),
        ((slice(None), 'nothing'), KeyError),
        ((slice(None), 3), IndexError),
        (([True, False],), ValueError),
        (([0.5],), IndexError),
    ],
)
def test_what_is_not_there_is_an_error_when_sliced(dataset, index, error):
    with pytest.raises(error):
        dataset.slice[index if len(index) > 1 else index[0]]


def test_iteration_gives_every_sample(dataset):
    assert [sample[0] for sample in dataset] == [f'img{i}' for i in range(10)]
    assert len(list(dataset.slice[:0])) == 0
