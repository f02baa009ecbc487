import pickle
import threading

import numpy as np
import pytest

from chainercv_seg.evaluations import agreement, evaluate
from chainercv_seg.evaluations.agreement import (
    data_terms,
    evaluation_terms,
    require_agreement,
    version_terms,
)
from chainercv_seg.utils.errors import JournalError, RankError
from tests.communicators import run_ranks

NAMES = ('red', 'green', 'blue')


def agree(monkeypatch, *terms, hosts='aabbc'):
    """What each rank with terms of its own gets."""
    host = threading.local()
    monkeypatch.setattr(agreement.socket, 'gethostname', lambda: host.name)

    def run(comm):
        host.name = hosts[comm.rank]
        return require_agreement(comm, terms[comm.rank])

    return run_ranks(len(terms), run)


def test_ranks_that_agree_send_a_hash_only():
    def run(comm):
        require_agreement(comm, {'names': 'x' * 10000, 'n': 3})
        return comm.world.sent

    assert max(run_ranks(3, run)[0]) < 100


def test_the_error_names_hosts_ranks_and_what_differs_and_nothing_else(monkeypatch):
    errors = agree(monkeypatch, *({'w': w, 'n': 3, 's': 'val'} for w in (1, 1, 1, 2, 3)))
    assert all(isinstance(error, RankError) for error in errors)
    text = str(errors[0])
    assert 'w: 1 in ranks 0-1 on a and rank 2 on b, 2 in rank 3 on b, 3 in rank 4 on c.' in text
    assert 'n:' not in text
    assert 's:' not in text
    assert {str(error) for error in errors} == {text}


def test_what_only_one_rank_has_differs(monkeypatch):
    errors = agree(monkeypatch, {'n': 1}, {'n': 1, 'more': 'x'})
    assert 'more: nothing in rank 0 on a, x in rank 1 on a' in str(errors[0])


def test_of_long_values_the_part_is_shown_that_differs(monkeypatch):
    long = ', '.join(map(str, range(200)))
    errors = agree(monkeypatch, {'names': long}, {'names': long.replace('150', 'soul')})
    text = str(errors[0])
    assert '..., 150, 151' in text or '150, 151' in text
    assert 'soul, 151' in text
    assert len(text) < 400


class Brightest:
    def __init__(self, protocol=()):
        self.protocol = dict(protocol)

    def predict(self, imgs):
        return [img.argmax(axis=0) for img in imgs]


class Pictures:
    """Pictures, of which some may be in files."""

    def __init__(self, n=4, files=()):
        self.n, self.files = n, files

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        rng = np.random.RandomState(i)
        return rng.rand(3, 4, 5).astype(np.float32), rng.randint(-1, 3, (4, 5))

    def sample_files(self, i):
        return self.files[i : i + 1]


def run_evaluate(*ranks, journal=None):
    def run(comm):
        given = {'label_names': NAMES, 'weights_sha256': 'a' * 64, 'protocol': {'data': 'p'}}
        given |= {'link': Brightest(), 'dataset': Pictures(), **ranks[comm.rank]}
        link, dataset = given.pop('link'), given.pop('dataset')
        return evaluate(link, dataset, comm=comm, resume=journal, **given)

    return run_ranks(len(ranks), run)


@pytest.mark.parametrize(
    ('other', 'text'),
    [
        ({'weights_sha256': 'b' * 64}, 'weights: a+'),
        ({'dataset': Pictures(3)}, 'number of images: 4'),
        ({'label_names': ('red', 'blue', 'green')}, 'class names: red, green, blue'),
        ({'absent_class': 'zero'}, 'absent_class of the protocol: skip'),
        ({'link': Brightest({'flip': True})}, 'flip of the protocol: nothing'),
        ({'protocol': {'data': 'q'}}, 'data of the protocol: p'),
    ],
)
def test_ranks_that_would_evaluate_different_things_raise_before_they_write(tmp_path, other, text):
    errors = run_evaluate({}, other, {}, journal=tmp_path / 'J')
    assert all(isinstance(error, RankError) for error in errors)
    with pytest.raises(RankError, match=f'{text}.* in ranks 0, 2 on .* in rank 1 on'):
        raise errors[0]
    assert list(tmp_path.iterdir()) == []


def test_the_parameters_are_compared_where_there_is_no_file():
    chainer = pytest.importorskip('chainer')

    class Link(chainer.Chain):
        def __init__(self, bias):
            super().__init__()
            with self.init_scope():
                self.b = chainer.Parameter(np.full(1, bias, 'f'))

        predict = Brightest.predict

    same, other = ({'link': Link(b), 'weights_sha256': None} for b in (0, 1e-7))
    assert all(not isinstance(result, Exception) for result in run_evaluate(same, same))
    assert 'weights: ' in str(run_evaluate(same, other)[1])


@pytest.mark.parametrize('change', ['renamed', 'longer', 'fewer', 'other order'])
def test_files_are_compared_by_name_and_size_and_may_lie_elsewhere(tmp_path, change):
    folders = []
    for name in ('here', 'there'):
        (tmp_path / name).mkdir()
        folders.append([tmp_path / name / f'{i}.png' for i in range(4)])
        for i, path in enumerate(folders[-1]):
            path.write_bytes(b'x' * (10 + i))

    def ranks():
        data = [(Pictures(len(paths), paths), {'data': str(paths[0])}) for paths in folders]
        return run_evaluate(*({'dataset': pair[0], 'protocol': pair[1]} for pair in data))

    assert not any(isinstance(result, Exception) for result in ranks())
    if change == 'renamed':
        folders[1][2] = folders[1][2].rename(tmp_path / 'there' / 'z.png')
    elif change == 'longer':
        folders[1][2].write_bytes(b'x' * 20)
    elif change == 'fewer':
        del folders[1][3]
    else:
        folders[1].reverse()
    errors = ranks()
    assert all('names and sizes of files: ' in str(error) for error in errors)


def test_versions_tell_the_code_of_this_package_too(tmp_path, monkeypatch):
    version_terms.cache_clear()
    before = version_terms()
    assert set(before) == {'chainercv_seg', 'numpy', 'pillow', 'chainer', 'numba'}
    assert before['numpy'] == np.__version__
    for code in ('a = 1\n', 'a = 2\n'):
        (tmp_path / '__init__.py').write_text(code)
        monkeypatch.setattr(agreement.chainercv_seg, '__file__', str(tmp_path / '__init__.py'))
        version_terms.cache_clear()
        after = version_terms()
        assert after != before
        assert after['numpy'] == before['numpy']
        before = after
    version_terms.cache_clear()


def test_terms_are_found_reading_but_a_few_images():
    class Counting(Pictures):
        read = 0

        def __getitem__(self, i):
            self.read += 1
            return super().__getitem__(i)

    dataset = Counting(50)
    terms = evaluation_terms(
        Brightest(), dataset, label_names=NAMES, protocol={}, weights_sha256=None
    )
    assert terms['number of images'] == 50
    assert dataset.read == 3


class Listed:
    """Samples without files, in a given order; each label map is of one class."""

    def __init__(self, order, value=0, broken=()):
        self.order, self.value, self.broken = list(order), value, broken

    def __len__(self):
        return len(self.order)

    def __getitem__(self, i):
        if i in self.broken:
            raise OSError(f'{i} is broken')
        number = self.order[i]
        label = np.full((2, 3 + number % 5), number % 3)
        return np.full((3, *label.shape), self.value, 'f'), label


@pytest.mark.parametrize(
    'other', [[2, 0, 1], [5, 1, 2, 3, 4, 0], [0, 1, 8, 3, 4, 5], [0, 1, 2, 4, 3, 6]]
)
def test_samples_without_files_are_compared_by_a_few_of_them(other):
    mine = {'dataset': Listed(range(len(other)))}
    assert not any(isinstance(result, Exception) for result in run_evaluate(mine, mine))
    errors = run_evaluate(mine, {'dataset': Listed(other)})
    assert all('first, middle and last sample: ' in str(error) for error in errors)


def test_images_may_be_rounded_otherwise_on_another_host():
    results = run_evaluate(*({'dataset': Listed(range(5), value)} for value in (0, 1e-6)))
    assert not any(isinstance(result, Exception) for result in results)


class Pairs(Pictures):
    def sample_files(self, i):
        return self.files[i]


@pytest.mark.parametrize('folder', ['images', 'labels'])
@pytest.mark.parametrize('number', [0, 1, 3])
def test_contents_of_files_of_the_same_sizes_are_compared(tmp_path, folder, number):
    datasets = []
    for host in 'ab':
        for kind in ('images', 'labels'):
            (tmp_path / host / kind).mkdir(parents=True)
            for i in range(4):
                (tmp_path / host / kind / f'{i}.bmp').write_bytes(b'%d' % i)
        paths = [
            [tmp_path / host / kind / f'{i}.bmp' for i in range(4)] for kind in ('images', 'labels')
        ]
        datasets.append(Pairs(4, list(zip(*paths, strict=True))))
    assert not any(
        isinstance(r, Exception) for r in run_evaluate(*({'dataset': d} for d in datasets))
    )
    (tmp_path / 'b' / folder / f'{number}.bmp').write_bytes(b'x')
    errors = run_evaluate(*({'dataset': d} for d in datasets))
    what = 'contents of label maps: ' if folder == 'labels' else 'first, middle and last sample: '
    assert all(what in str(error) for error in errors)


def test_a_sample_that_cannot_be_read_is_no_matter_of_agreement():
    dataset = Listed(range(5), broken=[0])
    terms = evaluation_terms(
        Brightest(), dataset, label_names=NAMES, protocol={}, weights_sha256=None
    )
    assert terms['number of images'] == 5


def test_an_optimized_network_is_known_by_the_weights_that_it_was_made_from(tmp_path):
    pytest.importorskip('chainer')
    from chainercv_seg.inference import optimize
    from chainercv_seg.links import SegNetBasic

    class Photographs(Listed):
        def __getitem__(self, i):
            return np.zeros((3, 16, 16), 'f'), np.zeros((16, 16), int)

    links = [optimize(SegNetBasic(3)) for _ in range(2)]
    links.append(pickle.loads(pickle.dumps(links[0])))
    run = [
        {'link': link, 'weights_sha256': None, 'dataset': Photographs(range(3))} for link in links
    ]
    assert not any(
        isinstance(r, Exception) for r in run_evaluate(run[0], run[2], journal=tmp_path / 'J')
    )
    assert all('weights: ' in str(error) for error in run_evaluate(run[0], run[1]))
    with pytest.raises(JournalError, match='weights'):
        evaluate(
            links[1],
            Photographs(range(3)),
            label_names=NAMES,
            protocol={'data': 'p'},
            resume=tmp_path / 'J',
        )


@pytest.mark.parametrize('in_files', [True, False])
def test_names_that_are_no_text_are_compared_too(tmp_path, in_files):
    name = b'caf\xe9.png'.decode('utf-8', 'surrogateescape')
    path = tmp_path / name
    path.write_bytes(b'1')

    class Photographs:
        def __len__(self):
            return 1

        def sample_files(self, i):
            return (str(path),) if in_files else ()

        def sample_name(self, i):
            return name

    terms = data_terms(Photographs(), ('a', 'b'))
    assert set(terms['names and sizes of files']) <= set('0123456789abcdef')
