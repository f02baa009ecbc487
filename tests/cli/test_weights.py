import pytest

from chainercv_seg.cli.main import main
from chainercv_seg.cli.weights import main as weights
from chainercv_seg.weights import list_weights


def test_every_record_is_listed_with_its_score_and_whether_it_is_there(cache_folder, capsys):
    (cache_folder / 'segnet_camvid_trained_2018_12_05.npz').touch()
    assert main(['weights']) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == f'folder: {cache_folder}'
    assert max(map(len, lines[:-1])) < 100
    records, n = list_weights(), len(list_weights())
    assert len(lines) == 2 * n + 4
    for line, record in zip(lines[1 : n + 1], records, strict=True):
        assert line.split()[:2] == [record.model, record.name]
        assert line.endswith(' missing') == (record.model != 'segnet')
        assert line.endswith(' in the cache') == (record.name == 'camvid')
        for score in record.scores:
            assert f'{100 * score.miou:.2f} ({score.dataset} {score.split})' in line
    for line, record in zip(lines[n + 3 : -1], records, strict=True):
        assert line.split()[0] == record.file_name


def test_the_list_can_be_narrowed_down(cache_folder, capsys):
    assert weights(['--model', 'pspnet_resnet50', '--dataset', 'ade20k']) == 0
    assert len(capsys.readouterr().out.splitlines()) == 6


def test_what_is_in_the_cache_is_not_downloaded_again(cache_folder, capsys):
    path = cache_folder / 'segnet_camvid_trained_2018_12_05.npz'
    path.write_bytes(b'kept')
    assert weights(['--model', 'segnet', '--download']) == 0
    assert f'segnet camvid: {path}' in capsys.readouterr().out
    assert path.read_bytes() == b'kept'


def test_a_download_that_fails_is_one_error(file_server, cache_folder, capsys, monkeypatch):
    monkeypatch.setenv('CHAINERCV_SEG_OFFLINE', '1')
    monkeypatch.setenv('CHAINERCV_SEG_MIRROR', '/no/such/folder')
    assert weights(['--model', 'segnet', '--download']) == 1
    (line,) = capsys.readouterr().err.splitlines()[-1:]
    assert line.startswith('error: segnet_camvid_trained_2018_12_05.npz cannot be downloaded (')
    assert '/no/such/folder/segnet_camvid_trained_2018_12_05.npz: No such file or directory' in line


@pytest.mark.parametrize(
    'options', [['--model', 'none'], ['--model', 'segnet', '--dataset', 'voc']]
)
def test_no_such_weights_names_those_that_exist(options, capsys):
    assert weights(options) == 1
    error = capsys.readouterr().err
    assert 'deeplab_v3plus_xception65 voc' in error
    assert all(error.count(f' {record.model} ') == 1 for record in list_weights())
