import json
import os

import pytest

from chainercv_seg.evaluations.saved_results import check_comparable, read_results
from chainercv_seg.utils.errors import ResultError
from tests.evaluations.saved import NAMES, save


def compare_with(folder, tmp_path, **others):
    save(tmp_path / 'first')
    check_comparable(read_results([tmp_path / 'first', save(folder, **others)]))


def test_results_of_the_same_images_can_be_compared(tmp_path):
    compare_with(tmp_path / 'other', tmp_path, skill=0.3, seed=9)


@pytest.mark.parametrize(
    ('others', 'said'),
    [
        ({'n': 11}, 'it is of 11 images, the other of 12'),
        ({'image': 'img {}'.format}, "its image 0 is 'img 0', that of the other 'image 0'"),
        ({'truth_seed': 1}, "the label maps of .* images are others, 'image 0' the first"),
        ({'label_names': (*NAMES, 'more')}, 'it has 5 classes, the other 4'),
        (
            {'label_names': ('road', 'x', 'never', 'y')},
            "its class 1 is 'x', that of the other '<b>",
        ),
        ({'policy': 'zero'}, "its policy for absent classes is 'zero', that of the other 'skip'"),
    ],
    ids=lambda value: value if isinstance(value, str) else '',
)
def test_what_differs_is_said(tmp_path, others, said):
    with pytest.raises(ResultError, match=said) as caught:
        compare_with(tmp_path / 'other', tmp_path, **others)
    assert f'{tmp_path / "other"} cannot be compared with {tmp_path / "first"}' in str(caught.value)


def test_results_are_called_by_their_folders_as_long_as_these_differ(tmp_path):
    one, two = save(tmp_path / 'x' / 'out'), save(tmp_path / 'y' / 'out')
    assert [r.name for r in read_results([one, tmp_path / 'y' / 'out' / 'result.json'])] == [
        str(one),
        str(two),
    ]
    assert [r.name for r in read_results([one, one])] == ['out (1)', 'out (2)']


def test_a_missing_result_says_what_to_give(tmp_path):
    with pytest.raises(ResultError, match=r'none/result\.json.*--output'):
        read_results([tmp_path / 'none'])


@pytest.mark.parametrize(
    'text', ['', '[]', '{}', '{"protocol": {}}', '[' * 100_000, '\xff', '{"protocol": []}', 'null']
)
def test_what_is_no_result_is_one_error(tmp_path, text):
    folder = save(tmp_path / 'a')
    (folder / 'result.json').write_bytes(text.encode('latin-1'))
    with pytest.raises(ResultError, match=r'result\.json is not the result of an evaluation'):
        read_results([folder])


def test_a_result_without_counts_of_images_says_how_they_are_made(tmp_path):
    folder = save(tmp_path / 'a')
    (folder / 'per_image.npz').unlink()
    with pytest.raises(ResultError, match='--per-image'):
        read_results([folder])


@pytest.mark.parametrize(
    ('key', 'value'),
    [
        ('confusion', [[1]]),
        ('confusion', [[1], [2, 3]]),
        ('confusion', None),
        ('void_predictions', [0, 0, 0, 0]),
        ('label_names', ['a', 'b', 'c', 'd']),
    ],
)
def test_counts_of_another_evaluation_are_refused(tmp_path, key, value):
    folder = save(tmp_path / 'a')
    record = json.loads((folder / 'result.json').read_text())
    (folder / 'result.json').write_text(json.dumps({**record, key: value}))
    with pytest.raises(ResultError, match='two evaluations'):
        read_results([folder])


def test_predictions_are_found_again(tmp_path):
    [result] = read_results([save(tmp_path / 'a', predictions=True)])
    files = result.predictions.find()
    assert sorted(files) == sorted(result.per_image.names)
    assert result.predictions.read(files['image 0']).shape == (8, 9)
    os.rename(tmp_path / 'a' / 'p', tmp_path / 'a' / 'q')
    assert result.predictions is None


@pytest.mark.parametrize(
    'predictions',
    [
        *(None, 'p', {}, {'folder': '.'}, {'folder': '.', 'void': [], 'values': [1]}),
        {'folder': '.', 'void': [0], 'values': [1.5], 'colors': [[0, 0, 0]]},
        {'folder': '.', 'void': [0], 'values': [1, 2], 'colors': [[0, 0, 0]]},
        {'folder': '.', 'void': [0], 'values': [0], 'colors': [[0, 0, 0]]},
        {'folder': '.', 'void': [0], 'values': ['a'], 'colors': [[0, 0, 0]]},
        {'folder': 5, 'void': [0], 'values': [1], 'colors': [[0, 0, 0]]},
        {'folder': '\0', 'void': [0], 'values': [1], 'colors': [[0, 0, 0]]},
    ],
)
def test_what_does_not_say_where_predictions_are_is_none(tmp_path, predictions):
    folder = save(tmp_path / 'a')
    record = json.loads((folder / 'result.json').read_text())
    (folder / 'result.json').write_text(json.dumps({**record, 'predictions': predictions}))
    assert read_results([folder])[0].predictions is None
