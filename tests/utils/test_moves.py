import pytest

from chainercv_seg.utils.moves import plan_moves


@pytest.fixture
def folders(tmp_path):
    """Two folders of files."""

    def make(name, files):
        for file in files:
            path = tmp_path / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        return tmp_path / name

    return make('new', ['A/x/1', 'A/x/2', 'A/y/3', 'B/4', 'C/5', 'f']), make(
        'old', ['A/x/1', 'B/0']
    )


def plan(folders, **options):
    new, old = folders
    moves = plan_moves(new, old, **options)
    assert all(a.relative_to(new) == b.relative_to(old) for a, b in moves)
    return [str(source.relative_to(new)) for source, _ in moves]


def test_whole_folders_are_moved_where_there_is_none_of_their_name(folders):
    assert sorted(plan(folders)) == ['A/x/1', 'A/x/2', 'A/y', 'B/4', 'C', 'f']


def test_what_takes_the_place_of_something_comes_first(folders):
    assert plan(folders)[0] == 'A/x/1'


@pytest.mark.parametrize('last', [['A/y'], ['A/y/3', 'C/5'], ['C']])
def test_what_is_looked_for_comes_last(last, folders):
    order = plan(folders, last=last)
    brings = [any(path.startswith(move) for path in last) for move in order]
    assert brings == sorted(brings)
    assert brings[-1]


def test_a_folder_that_is_not_there_is_one_move(folders, tmp_path):
    assert plan_moves(folders[0], tmp_path / 'none') == [(folders[0], tmp_path / 'none')]


def test_a_file_in_the_place_of_a_folder_is_an_error_either_way_round(folders):
    new, old = folders
    (old / 'C').touch()
    with pytest.raises(FileExistsError, match=r'expected a folder at .*C, found a file: move it'):
        plan_moves(new, old)
    (old / 'C').unlink()
    (old / 'f').mkdir()
    with pytest.raises(FileExistsError, match=r'expected a file at .*f, found a folder'):
        plan_moves(new, old)
