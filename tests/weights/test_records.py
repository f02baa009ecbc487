import dataclasses
import inspect

import pytest

import chainercv_seg.links as links
from chainercv_seg.weights import get_weights, list_weights
from chainercv_seg.weights.records import RECORDS

CLASSES = {
    cls.weights_model: cls
    for cls in vars(links).values()
    if inspect.isclass(cls) and hasattr(cls, 'weights_model')
}


@pytest.mark.parametrize('record', RECORDS, ids=lambda record: f'{record.model}/{record.name}')
class TestRecord:
    def test_it_is_found_by_network_and_name(self, record):
        assert get_weights(record.model, record.name) is record

    def test_all_its_urls_end_in_its_file_name(self, record):
        assert all(url.startswith('https://') for url in record.urls)
        assert {url.rpartition('/')[2] for url in record.urls} <= {record.file_name}
        assert record.urls or record.sha256
        assert record.file_name.endswith('.npz')
        assert record.dataset in record.file_name

    def test_what_comes_with_the_package_has_a_hash_and_a_licence_and_says_how_it_was_made(
        self, record
    ):
        if not record.urls:
            assert len(record.sha256) == 64
            assert record.license
            assert record.scores
            for word in ('python ', 'iterations', 'hour'):
                assert word in record.trained_on

    def test_its_arguments_are_those_of_a_constructor(self, record):
        if record.model.startswith('dilated_resnet'):
            assert not record.arguments
            return
        names = set(inspect.signature(CLASSES[record.model]).parameters)
        assert set(record.arguments) <= names
        assert record.overridable <= set(record.arguments)
        n_classes = {'camvid': 11, 'synthetic': 11, 'cityscapes': 19, 'voc': 21, 'ade20k': 150}
        assert record.n_class == n_classes[record.dataset]

    def test_it_cannot_be_changed(self, record):
        with pytest.raises(dataclasses.FrozenInstanceError):
            record.name = 'other'
        with pytest.raises(TypeError):
            record.arguments['n_class'] = 3

    def test_its_scores_name_their_protocol(self, record):
        assert record.scores or record.n_class is None
        for score in record.scores:
            assert score.dataset == record.dataset
            assert 0.3 < score.miou < 1
            assert score.split
            assert score.protocol
            assert score.source


def test_names_and_files_are_unique():
    for keys in ([(r.model, r.name) for r in RECORDS], [r.file_name for r in RECORDS]):
        assert len(set(keys)) == len(keys)


def test_every_network_has_weights():
    assert set(CLASSES) <= {record.model for record in RECORDS}


def test_lists_can_be_narrowed_down():
    assert list_weights() == list(RECORDS)
    assert {r.name for r in list_weights('pspnet_resnet50')} == {'cityscapes', 'ade20k'}
    assert {r.model for r in list_weights(dataset='voc')} == {'deeplab_v3plus_xception65'}
    assert list_weights('segnet', 'voc') == []


def test_an_unknown_pair_lists_those_that_exist():
    with pytest.raises(ValueError, match=r'segnet/camvid, .*deeplab_v3plus_xception65/ade20k'):
        get_weights('segnet', 'voc')
