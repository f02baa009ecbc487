import re
import shutil

import numpy as np
import pytest

from chainercv_seg.evaluations import evaluate
from chainercv_seg.evaluations.measures import make_measures
from chainercv_seg.evaluations.merge_journals import merge_journals
from chainercv_seg.utils import JournalError
from tests.communicators import run_ranks

NAMES = ('red', 'green', 'blue')
KNOWN = {'protocol': {'data': 'pictures'}, 'weights': 'w.npz', 'weights_sha256': 'a' * 64}
N = 13


class Shifting:
    def __init__(self):
        self.protocol = {'model': 'Shifting', 'scales': (1.0, 2.0)}

    def predict(self, imgs):
        return [np.roll(img[0], 1, 1).astype(np.int32) for img in imgs]


class Pictures:
    def __init__(self, broken_at=None):
        self.broken_at = broken_at

    def __len__(self):
        return N

    def sample_name(self, i):
        return f'/data/picture{i}.png'

    def __getitem__(self, i):
        if i == self.broken_at:
            raise OSError('the disk is gone')
        label = np.random.RandomState(i).randint(-1, 3, (4, 5)).repeat(9, 0).repeat(9, 1)
        return np.stack([np.maximum(label, 0)] * 3).astype(np.float32), label


def measures(label_names):
    return make_measures(['boundary-iou', 'image-iou'], label_names=label_names)


def run(resume=None, dataset=None, **changes):
    arguments = {'label_names': NAMES, 'measures': measures(NAMES), **KNOWN, **changes}
    dataset = Pictures() if dataset is None else dataset
    return evaluate(Shifting(), dataset, resume=resume, **arguments)


def shares(folder, total, **changes):
    paths = [folder / f'J{k}' for k in range(1, total + 1)]
    for k, path in enumerate(paths, 1):
        run(path, share=(k, total), **changes)
    return paths


def told(result):
    scores = [(m.key, m.scores, m.means) for m in result.measures]
    return np.column_stack([result.counts, result.void_predictions]).tolist(), scores


@pytest.fixture(scope='module')
def whole():
    return run()


@pytest.mark.parametrize('total', [1, 2, 5, 13, 20])
def test_all_shares_are_what_one_process_finds(tmp_path, total, whole):
    result = merge_journals(shares(tmp_path, total), measures=measures)
    assert told(result) == told(whole)
    assert result.protocol == {**whole.protocol, 'scales': [1.0, 2.0]}
    assert result.label_names == whole.label_names
    assert (result.weights, result.weights_sha256) == ('w.npz', 'a' * 64)


def test_a_share_is_every_so_many_images_and_says_so(tmp_path):
    result = run(tmp_path / 'J', share=(2, 5))
    expected = sum(Pictures()[i][1].clip(-1, 0).size for i in (1, 6, 11))
    void = sum((Pictures()[i][1] < 0).sum() for i in (1, 6, 11))
    assert result.counts.sum() + result.void_predictions.sum() == expected - void
    assert result.protocol['share'] == '2/5'
    assert result.protocol['images'] == N


def test_shares_that_were_interrupted_and_went_on_are_merged_alike(tmp_path, whole):
    for k in (1, 3, 4):
        with pytest.raises(OSError, match='the disk is gone'):
            run(tmp_path / f'J{k}', Pictures(broken_at=k + 4), share=(k, 5))
        with open(tmp_path / f'J{k}', 'ab') as file:
            file.write(b'0123abcd [7,[[0,')  # as a process that was killed leaves it
    result = merge_journals(shares(tmp_path, 5), measures=measures)
    assert told(result) == told(whole)


def test_journals_of_ranks_and_of_shares_divided_among_ranks(tmp_path, whole):
    run_ranks(3, lambda comm: run(tmp_path / 'J', comm=comm))
    assert told(merge_journals([tmp_path / 'J'], measures=measures)) == told(whole)
    ranks = [tmp_path / f'J.{rank}' for rank in range(3)]
    assert told(merge_journals(ranks, measures=measures)) == told(whole)
    assert told(merge_journals([*ranks, tmp_path / 'J'], measures=measures)) == told(whole)
    run_ranks(2, lambda comm: run(tmp_path / 'K1', share=(1, 2), comm=comm))
    run(tmp_path / 'K2', share=(2, 2))
    paths = [tmp_path / 'K1', tmp_path / 'K2']
    assert told(merge_journals(paths, measures=measures)) == told(whole)


def test_more_ranks_than_images_in_a_share_will_do(tmp_path, whole):
    for k in (1, 2):
        run_ranks(9, lambda comm, k=k: run(tmp_path / f'J{k}', share=(k, 2), comm=comm))
    paths = [tmp_path / 'J1', tmp_path / 'J2']
    assert told(merge_journals(paths, measures=measures)) == told(whole)


def test_ranks_need_not_share_a_folder(tmp_path, whole):
    run_ranks(2, lambda comm: run(tmp_path / 'J', comm=comm))
    for rank in (0, 1):
        (tmp_path / f'host{rank}').mkdir()
        shutil.move(tmp_path / f'J.{rank}', tmp_path / f'host{rank}' / f'J.{rank}')
    paths = [tmp_path / 'host0' / 'J', tmp_path / 'host1' / 'J']
    assert told(merge_journals(paths, measures=measures)) == told(whole)


def test_a_run_goes_on_without_shares_from_the_journal_of_one(tmp_path, whole):
    run(tmp_path / 'J', share=(1, 2))
    result = run(tmp_path / 'J')
    assert result.resumed == 7
    assert told(result) == told(whole)


def refused(*paths, **arguments):
    with pytest.raises(JournalError) as error:
        merge_journals(paths, **arguments)
    return str(error.value)


@pytest.mark.parametrize(
    ('changes', 'difference'),
    [
        ({'weights_sha256': 'b' * 64}, "weights is 'aaa"),
        ({'protocol': {'data': 'paintings'}}, "data is 'pictures' in .*J1, 'paintings' in .*J2"),
        ({'label_names': ('red', 'blue', 'green')}, 'label_names is'),
        ({'absent_class': 'zero'}, "absent_class is 'skip' in"),
    ],
    ids=['weights', 'data', 'classes', 'policy'],
)
def test_shares_of_different_evaluations_are_refused(tmp_path, changes, difference):
    first, _ = shares(tmp_path, 2)
    (tmp_path / 'J2').unlink()
    run(tmp_path / 'J2', share=(2, 2), **changes)
    message = refused(first, tmp_path / 'J2')
    assert re.search(rf'J2 is the journal of another evaluation than .*J1: {difference}', message)


def test_overlaps_are_refused(tmp_path):
    paths = shares(tmp_path, 3)
    run(tmp_path / 'other', share=(1, 2))
    message = refused(*paths, tmp_path / 'other')
    assert re.search('picture0.png is in .*J1 and in .*other: journals of shares must not', message)
    shutil.copy(paths[0], tmp_path / 'copy')
    assert 'picture0.png is in' in refused(*paths, tmp_path / 'copy')


def test_a_file_that_is_given_twice_is_read_once(tmp_path, whole):
    paths = shares(tmp_path, 2)
    (tmp_path / 'link').symlink_to(paths[0])
    result = merge_journals([*paths, *paths, tmp_path / 'link'], measures=measures)
    assert told(result) == told(whole)


@pytest.mark.parametrize(
    ('lost', 'message'),
    [
        (
            [4],
            'picture3.png, picture8.png: 2 of 13 images are in none of the journals, all of share 4/5',
        ),
        (
            [2, 5],
            'picture1.png, picture4.png, picture6.png, picture9.png, picture11.png: 5 of 13 images',
        ),
        (
            [2, 3, 4, 5],
            'picture1.png, picture2.png, picture3.png, picture4.png, picture6.png and 5 more: 10',
        ),
    ],
)
def test_holes_are_refused_by_name(tmp_path, lost, message):
    paths = shares(tmp_path, 5)
    assert message in refused(*(path for k, path in enumerate(paths, 1) if k not in lost))


def test_a_share_that_was_killed_is_a_hole(tmp_path):
    paths = shares(tmp_path, 2)
    content = paths[1].read_bytes()
    paths[1].write_bytes(content[: content.rindex(b'\n', 0, -1) - 30])
    assert 'picture9.png, picture11.png: 2 of 13 images are in none of the journals' in refused(
        *paths
    )


def test_journals_of_older_versions_tell_numbers(tmp_path):
    for path in shares(tmp_path, 2):
        text = path.read_text()
        path.write_text(re.sub(r', "weights name".*?\]\}', '}', text, count=1))
        assert 'picture1' not in path.read_text()
    assert 'image 1, image 3, ' in refused(tmp_path / 'J1')
    assert merge_journals([tmp_path / 'J1', tmp_path / 'J2']).weights == 'unknown'


def test_other_counts_of_an_image_within_a_journal_are_refused(tmp_path):
    run_ranks(2, lambda comm: run(tmp_path / 'J', comm=comm))

    class Constant(Shifting):
        pass

    Constant.__name__ = 'Shifting'
    Constant.predict = lambda self, imgs: [np.zeros(img.shape[1:], int) for img in imgs]
    evaluate(
        Constant(),
        Pictures(),
        resume=tmp_path / 'K',
        label_names=NAMES,
        measures=measures(NAMES),
        **KNOWN,
    )
    shutil.move(tmp_path / 'K', tmp_path / 'J.7')
    assert 'J.7 has other counts of picture' in refused(tmp_path / 'J')


def test_what_was_counted_without_a_measure_is_refused(tmp_path):
    paths = shares(tmp_path, 2, measures=())
    message = refused(*paths, measures=measures)
    assert 'picture0.png it was counted without --measures boundary-iou' in message
    assert merge_journals(paths).measures == ()


@pytest.mark.parametrize(
    'content',
    [
        *(b'', b'\n', b'a text\n', b'[1]\n', b'{"a": 1}\n', b'\x00' * 99, b'[' * 99_999),
        *(b'{"chainercv_seg journal": 1}\n', b'{"chainercv_seg journal": 1, "images": "3"}\n'),
    ],
    ids=range(9),
)
def test_files_that_are_no_journals_are_refused(tmp_path, content):
    (tmp_path / 'J').write_bytes(content)
    assert re.search('J (is not the journal|has a header that no)', refused(tmp_path / 'J'))


def test_a_missing_journal_is_named(tmp_path):
    assert 'J: expected a journal of an evaluation, found none' in refused(tmp_path / 'J')


def test_a_folder_is_no_journal(tmp_path):
    with pytest.raises(
        JournalError, match=f'^{re.escape(str(tmp_path))} cannot be read as a journal'
    ):
        merge_journals([tmp_path])


def test_no_images_are_no_hole(tmp_path):
    class Nothing(Pictures):
        def __len__(self):
            return 0

    run(tmp_path / 'J', Nothing())
    assert np.isnan(merge_journals([tmp_path / 'J']).miou)
