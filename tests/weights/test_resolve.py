import pytest

from chainercv_seg.utils.errors import WeightsError
from chainercv_seg.weights import get_weights, resolve_pretrained
from chainercv_seg.weights.resolve import find_weights, merge_arguments

PSPNET = get_weights('pspnet_resnet50', 'cityscapes')
DEEPLAB = get_weights('deeplab_v3plus_xception65', 'voc')


def test_given_arguments_come_before_published_ones_before_defaults():
    arguments = {'n_class': None, 'flip': True, 'other': None, 'mine': 3}
    merged = merge_arguments(arguments, DEEPLAB, {'other': 5, 'n_class': 7, 'mine': 4}, strict=True)
    assert merged == {'n_class': 21, 'flip': True, 'other': 5, 'mine': 3}


def test_without_a_record_the_defaults_hold():
    assert merge_arguments({'a': None, 'b': 2}, None, {'a': 1, 'b': 1}, strict=True) == {
        'a': 1,
        'b': 2,
    }


def test_false_and_zero_are_given_values():
    merged = merge_arguments({'flip': False, 'n': 0}, None, {'flip': True, 'n': 1}, strict=True)
    assert merged == {'flip': False, 'n': 0}


@pytest.mark.parametrize('given', [{'n_class': 20}, {'input_size': (473, 473)}])
def test_a_contradiction_names_both_values(given):
    (key, value), published = *given.items(), PSPNET.arguments
    with pytest.raises(ValueError) as caught:  # noqa: PT011  the message is checked below
        merge_arguments(given, PSPNET, {}, strict=True)
    for part in (key, repr(value), repr(published[key]), 'cityscapes', 'pspnet_resnet50'):
        assert part in str(caught.value)


def test_the_owner_of_a_file_may_use_it_otherwise():
    merged = merge_arguments({'input_size': (89, 89), 'n_class': None}, PSPNET, {}, strict=False)
    assert merged == {'input_size': (89, 89), 'n_class': 19}


def test_what_nobody_says_is_missing():
    with pytest.raises(ValueError, match='n_class must be given'):
        merge_arguments({'n_class': None}, None, {'input_size': 3}, strict=True)


def test_names_come_before_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'cityscapes').touch()
    assert find_weights('pspnet_resnet50', 'cityscapes') == (PSPNET, None)


def test_a_file_with_a_published_name_has_its_record_in_its_own_network_only(tmp_path):
    path = tmp_path / PSPNET.file_name
    path.touch()
    assert find_weights('pspnet_resnet50', path) == (PSPNET, path)
    assert find_weights('pspnet_resnet50', str(path)) == (PSPNET, path)
    assert find_weights('pspnet_resnet101', path) == (None, path)
    assert find_weights('pspnet_resnet50', None) == (None, None)


def test_what_is_neither_lists_the_names(tmp_path):
    for pretrained_model in ('voc', tmp_path, tmp_path / 'missing.npz'):
        with pytest.raises(WeightsError, match=r"pspnet_resnet50 \('cityscapes', 'ade20k'\)"):
            find_weights('pspnet_resnet50', pretrained_model)


def test_a_contradiction_is_found_before_the_download(monkeypatch):
    monkeypatch.setattr(
        'chainercv_seg.weights.resolve.find_file', lambda *a, **k: pytest.fail('downloaded')
    )
    with pytest.raises(ValueError, match='n_class is 19'):
        resolve_pretrained('pspnet_resnet50', 'cityscapes', arguments={'n_class': 3})


def test_a_published_file_that_is_cached_is_used(cache_folder):
    (cache_folder / PSPNET.file_name).touch()
    arguments, path = resolve_pretrained(
        'pspnet_resnet50', 'cityscapes', arguments={'n_class': None}
    )
    assert (arguments, path) == ({'n_class': 19}, cache_folder / PSPNET.file_name)


def test_a_file_that_is_missing_names_those_beside_it(tmp_path):
    for name in ('segnet_1.npz', 'notes.txt'):
        (tmp_path / name).touch()
    with pytest.raises(WeightsError, match=r'No such file or directory\. There is segnet_1\.npz$'):
        find_weights('segnet', tmp_path / 'segnet_2.npz')
