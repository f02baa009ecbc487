import json
import os
import re
import tracemalloc
import zlib
from pathlib import Path

import numpy as np
import pytest

from chainercv_seg.evaluations import ConfusionMatrix
from chainercv_seg.evaluations.image_stamps import ImageStamp
from chainercv_seg.evaluations.journal import Journal
from chainercv_seg.evaluations.journal_entries import Entry, format_entry, parse_entry
from chainercv_seg.utils import JournalError, OutputError

N = 3
IDENTITY = {'network': 'Net', 'weights': 'abc', 'flip': False, 'scales': (1.0,)}


def counts_of(image):
    matrix = ConfusionMatrix(N)
    matrix.counts[image % N, (image + 1) % N] = image + 1
    matrix.void_predictions[image % N] = 2 * image
    return matrix


def sum_of(images):
    matrix = ConfusionMatrix(N)
    for image in images:
        matrix.merge(counts_of(image))
    return matrix


def open_journal(path, identity=IDENTITY, **arguments):
    return Journal(path, identity, n_class=N, **arguments)


def write(path, images, **arguments):
    with open_journal(path, **arguments) as journal:
        for image in images:
            journal.append(Entry(image, counts_of(image), None))


def read(path, images=range(100), **arguments):
    matrix = ConfusionMatrix(N)
    with open_journal(path, **arguments) as journal:
        return journal.load(matrix, images), matrix


def test_what_was_appended_is_loaded_with_its_counts(tmp_path):
    write(tmp_path / 'J', [4, 0, 7])
    write(tmp_path / 'J', [5])
    assert read(tmp_path / 'J') == ({0, 4, 5, 7}, sum_of([0, 4, 5, 7]))


def test_entries_are_in_the_file_as_soon_as_they_are_appended(tmp_path):
    with open_journal(tmp_path / 'J') as journal:
        for image in range(3):
            journal.append(Entry(image, counts_of(image), None))
            assert read(tmp_path / 'J')[0] == set(range(image + 1))


def test_only_images_that_are_asked_for_are_counted(tmp_path):
    write(tmp_path / 'J', range(10))
    assert read(tmp_path / 'J', range(1, 10, 4)) == ({1, 5, 9}, sum_of([1, 5, 9]))


def test_ranks_write_files_of_their_own_and_all_read_all_of_them(tmp_path):
    write(tmp_path / 'J', [0])
    for rank in range(3):
        write(tmp_path / 'J', [10 + rank], rank=rank, size=3)
    assert sorted(path.name for path in tmp_path.iterdir()) == ['J', 'J.0', 'J.1', 'J.2']
    for arguments in ({}, {'rank': 1, 'size': 2}, {'rank': 11, 'size': 12}):
        assert read(tmp_path / 'J', **arguments) == ({0, 10, 11, 12}, sum_of([0, 10, 11, 12]))


def test_the_journal_itself_is_made_even_where_only_ranks_write(tmp_path):
    write(tmp_path / 'J', [1], rank=0, size=2)
    assert (tmp_path / 'J').is_file()


def test_neighbours_with_similar_names_are_left_alone(tmp_path):
    for name in ('J.txt', 'J.1.bak', 'JJ.1', 'K.1'):
        (tmp_path / name).write_text('mine')
    write(tmp_path / 'J', [1])
    assert read(tmp_path / 'J')[0] == {1}


def test_names_with_wildcards_are_taken_literally(tmp_path):
    write(tmp_path / '[ab]*', [1], rank=0, size=2)
    (tmp_path / 'a.0').write_text('mine')
    assert read(tmp_path / '[ab]*')[0] == {1}


def test_an_image_that_is_there_twice_counts_once(tmp_path):
    write(tmp_path / 'J', [1, 2, 1])
    write(tmp_path / 'J', [2, 3], rank=1, size=2)
    assert read(tmp_path / 'J') == ({1, 2, 3}, sum_of([1, 2, 3]))


def test_wherever_it_was_cut_a_journal_loses_only_what_was_cut_and_can_be_continued(tmp_path):
    path = tmp_path / 'J'
    write(path, [0, 1, 2])
    content = path.read_bytes()
    ends = [i for i, byte in enumerate(content) if byte == ord('\n')]
    for length in (0, *range(len('{"chainercv_seg journal": '), len(content) + 1)):
        path.write_bytes(content[:length])
        whole = sum(end <= length for end in ends[1:])  # even if its newline is missing
        done, matrix = read(path)
        assert (done, matrix) == (set(range(whole)), sum_of(range(whole)))
        write(path, range(whole, 4))
        assert read(path) == ({0, 1, 2, 3}, sum_of(range(4)))


def test_an_entry_that_was_altered_is_dropped(tmp_path):
    path = tmp_path / 'J'
    write(path, [0, 1, 2])
    content = path.read_bytes()
    start = content.index(b'\n') + 1
    for position in range(start, len(content)):
        altered = bytearray(content)
        altered[position] ^= 1
        path.write_bytes(altered)
        done, matrix = read(path)
        assert len(done) in (1, 2)  # altering a newline costs two
        assert matrix == sum_of(done)


@pytest.mark.parametrize(
    'content',
    [
        b'{',
        b'{"chainer',
        b'\n',
        b'my notes\n',
        b'{}\n',
        b'[1]\n',
        b'12',
        b'\x93NUMPY\x01\0',
        b'{"a": 1}' * 500_000,
    ],
)
@pytest.mark.parametrize('name', ['J', 'J.7'])
def test_a_file_that_is_no_journal_is_refused_and_kept(tmp_path, content, name):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(JournalError, match=f'{name} is not the journal of an evaluation'):
        open_journal(tmp_path / 'J')
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_bytes() == content


@pytest.mark.parametrize('name', list(IDENTITY))
def test_the_journal_of_another_evaluation_is_refused_and_the_difference_named(tmp_path, name):
    write(tmp_path / 'J', [1])
    content = (tmp_path / 'J').read_bytes()
    with pytest.raises(JournalError, match=f"{name} is .* in the journal, 'other' now"):
        open_journal(tmp_path / 'J', {**IDENTITY, name: 'other'})
    with pytest.raises(
        JournalError, match='another evaluation: more is None in the journal, 1 now'
    ):
        open_journal(tmp_path / 'J', {**IDENTITY, 'more': 1})
    assert (tmp_path / 'J').read_bytes() == content


def test_the_journal_of_a_rank_of_another_evaluation_is_refused(tmp_path):
    write(tmp_path / 'J', [1])
    write(tmp_path / 'K', [1], identity={**IDENTITY, 'weights': 'xyz'})
    (tmp_path / 'K').rename(tmp_path / 'J.3')
    with pytest.raises(JournalError, match=r'J\.3 is the journal of another evaluation: weights'):
        open_journal(tmp_path / 'J')


def test_where_nothing_can_be_written_it_is_noticed_at_once(tmp_path):
    for path in (tmp_path / 'none' / 'J', tmp_path):
        with pytest.raises(
            OutputError, match=f'^{re.escape(str(path))} cannot be used as a journal'
        ):
            open_journal(path)


@pytest.mark.skipif(not Path('/dev/full').exists(), reason='needs /dev/full')
def test_a_full_disk_is_an_error_that_names_the_journal(tmp_path):
    journal = open_journal(tmp_path / 'J', rank=2, size=3)
    with journal._file, open('/dev/full', 'wb', buffering=0) as full:
        journal._file = full
        with pytest.raises(OutputError, match=r'J cannot be used as a journal: No space left'):
            journal.append(Entry(0, counts_of(0), None))


def test_an_entry_holds_only_what_is_not_zero(tmp_path):
    n_class = 150
    counts = ConfusionMatrix(n_class)
    counts.update(np.zeros((9, 9), int), np.full((9, 9), 7))
    with Journal(tmp_path / 'J', {}, n_class=n_class) as journal:
        journal.append(Entry(12, counts, None))
    _, entry = (tmp_path / 'J').read_bytes().splitlines()
    assert json.loads(entry.partition(b' ')[2]) == [12, [[7, 0, 81]]]


def entry(text):
    return b'%08x %s\n' % (zlib.crc32(text), text)


HASH = b'"' + b'a' * 64 + b'"'
WRONG_ENTRIES = [
    b'7',
    b'null',
    b'{"0": []}',
    b'[]',
    b'[0]',
    b'[0,[],[],[]]',
    b'"text"',
    b'not JSON',
    b'[' * 100_000,
    b'[0,' + b'[' * 50 + b']' * 50 + b']',
    b'[0,{}]',
    b'[0,"ab"]',
    b'["0",[]]',
    b'[true,[]]',
    b'[0.0,[]]',
    b'[-1,[]]',
    b'[100,[]]',
    b'[1e999,[]]',
    b'[0,[[0,0]]]',
    b'[0,[[0,0,1,1]]]',
    b'[0,[["0",0,1]]]',
    b'[0,[[0,0,1.5]]]',
    b'[0,[[0,0,NaN]]]',
    b'[0,[[0,0,0]]]',
    b'[0,[[0,0,-1]]]',
    b'[0,[[0,0,true]]]',
    b'[0,[[3,0,1]]]',
    b'[0,[[-1,0,1]]]',
    b'[0,[[0,3,1]]]',
    b'[0,[[0,-2,1]]]',
    b'[0,[[0,0,9223372036854775808]]]',
    b'[0,[[0,0,1' + b'0' * 300 + b']]]',
    b'[0,[[0,0,1],[0,0,2]]]',
    b'[0,[[0,-1,1],[0,-1,1]]]',
    b'[0,[[0,0,1099511627775],[0,1,1099511627775]]]',
    b'[0,[],null]',
    b'[0,[],[1,2,3]]',
    b'[0,[],[-1,2,3,' + HASH + b']]',
    b'[0,[],[1,"2",3,' + HASH + b']]',
    b'[0,[],[1,2,1' + b'0' * 30 + b',' + HASH + b']]',
    b'[0,[],[1,2,3,"abc"]]',
    b'[0,[],[1,2,3,4]]',
    b'\xff\xfe',
]


@pytest.mark.parametrize('text', WRONG_ENTRIES, ids=lambda text: text[:30].decode('latin-1'))
@pytest.mark.parametrize('name', ['J', 'J.1'])
def test_a_right_checksum_does_not_make_a_wrong_entry_right(tmp_path, text, name):
    write(tmp_path / 'J', [1, 2])
    path = tmp_path / name
    if name != 'J':
        path.write_bytes((tmp_path / 'J').read_bytes().splitlines(keepends=True)[0])
    with path.open('ab') as file:
        file.write(entry(text))
    if len(text) > 1000:  # longer than any entry, and so no entry
        assert read(path, n_image=100)[0] <= {1, 2}
        return
    with pytest.raises(JournalError, match=rf'{name} holds an entry that no evaluation wrote: '):
        read(tmp_path / 'J', n_image=100)


def test_one_endless_line_takes_no_memory(tmp_path):
    path = tmp_path / 'J'
    write(path, [1, 2])
    with path.open('ab') as file:
        file.truncate(file.tell() + (64 << 20))
        file.seek(0, 2)
        file.write(b'\n')
    write(path, [3])
    tracemalloc.start()
    assert read(path) == ({1, 2, 3}, sum_of([1, 2, 3]))
    assert tracemalloc.get_traced_memory()[1] < 8 << 20
    tracemalloc.stop()


@pytest.mark.parametrize(
    'header',
    [
        b'{"chainercv_seg journal": 2}',
        b'{"chainercv_seg journal": null, "details": 3}',
        b'{"chainercv_seg journal": [[[]]], "details": {"weights": []}}',
        b'{"chainercv_seg journal": "' + b'x' * 100_000 + b'"}',
    ],
)
def test_a_wrong_header_is_told_in_few_words(tmp_path, header):
    (tmp_path / 'J').write_bytes(header + b'\n')
    with pytest.raises(
        JournalError, match='another evaluation: chainercv_seg journal is'
    ) as caught:
        open_journal(tmp_path / 'J')
    assert len(str(caught.value)) < 2000


def test_a_header_that_is_nested_without_end_is_none(tmp_path):
    (tmp_path / 'J').write_bytes(b'[' * 200_000)
    with pytest.raises(JournalError, match='is not the journal of an evaluation'):
        open_journal(tmp_path / 'J')


def test_what_is_planted_beside_the_journal_is_not_followed(tmp_path):
    (tmp_path / 'mine').write_bytes(b'mine')
    for pid in range(os.getpid() - 3, os.getpid() + 3):
        (tmp_path / f'J.new-{pid}').symlink_to(tmp_path / 'mine')
    write(tmp_path / 'J', [1])
    assert (tmp_path / 'mine').read_bytes() == b'mine'


def test_a_journal_behind_a_link_is_written_and_the_link_stays(tmp_path):
    (tmp_path / 'real').touch()
    (tmp_path / 'J').symlink_to(tmp_path / 'real')
    write(tmp_path / 'J', [1])
    write(tmp_path / 'J', [2])
    assert (tmp_path / 'J').is_symlink()
    assert read(tmp_path / 'real')[0] == {1, 2}


def test_an_entry_that_is_nested_without_end_is_none():
    with pytest.raises(ValueError, match='expected the number of an image'):
        parse_entry(entry(b'[' * 100_000), 150, None)


@pytest.mark.parametrize('size', [None, (3, 5)])
@pytest.mark.parametrize('stamp', [None, ImageStamp(1, 2, 3, 'a' * 64)])
def test_all_that_is_known_of_an_image_comes_back(stamp, size):
    assert parse_entry(format_entry(Entry(5, counts_of(5), stamp, {}, size)), N, None) == Entry(
        5, counts_of(5), stamp, {}, size
    )


@pytest.mark.parametrize('size', ['[]', '[3]', '[3,-1]', '[3,1.5]', '[3,4,5]', '"3x4"', '{}', '7'])
def test_a_size_that_no_image_has_is_refused(size):
    text = f'[0,[],null,{{}},{size}]'.encode()
    with pytest.raises(ValueError, match='expected a height'):
        parse_entry(b'%08x %s\n' % (zlib.crc32(text), text), N, None)


def test_what_measures_counted_comes_back():
    tallies = {'boundary-iou': np.array([0, 7, 0, 2]), 'trimap': np.zeros(3, int)}
    for stamp in (None, ImageStamp(1, 2, 3, 'a' * 64)):
        line = format_entry(Entry(5, counts_of(5), stamp, tallies))
        found = parse_entry(line, N, None)
        assert found[:3] == (5, counts_of(5), stamp)
        assert {name: tally.tolist() for name, tally in found.tallies.items()} == {
            'boundary-iou': [0, 7, 0, 2],
            'trimap': [0, 0, 0],
        }


@pytest.mark.parametrize(
    'tallies',
    [
        *('[]', '{"a":3}', '{"a":[2]}', '{"a":[2,3]}', '{"a":[2,[[2,1]]]}', '{"a":[2,[[0,-1]]]}'),
        *('{"a":[2,[[0]]]}', '{"a":[2,[0]]}', '{"a":[1e9,[]]}', '{"a":[99999999,[]]}', 'null'),
    ],
)
def test_tallies_that_nothing_counted_are_refused(tallies):
    text = f'[0,[],null,{tallies}]'.encode()
    with pytest.raises(ValueError, match='expected'):
        parse_entry(b'%08x %s\n' % (zlib.crc32(text), text), N, None)
