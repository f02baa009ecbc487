import logging
import sys
import threading

import pytest

from chainercv_seg.utils import DownloadError, locks
from chainercv_seg.utils.locks import cache_lock
from tests.special_files import make_special_file


def test_the_lock_is_that_of_chainercv(cache_root):
    with cache_lock('models'):
        assert (cache_root / 'pfnet' / 'chainercv' / '.lock' / 'models.lock').exists()


def test_one_at_a_time_and_who_waits_long_says_so(cache_root, monkeypatch, caplog):
    monkeypatch.setattr(locks, '_SILENCE', 0.01)
    order = []

    def wait():
        with cache_lock('models'):
            order.append('second')

    with caplog.at_level(logging.WARNING, 'chainercv_seg'):
        with cache_lock('models'):
            thread = threading.Thread(target=wait)
            thread.start()
            while not caplog.messages:
                assert thread.is_alive()
            order.append('first')
        thread.join()
    assert order == ['first', 'second']
    assert 'another process is busy with models' in caplog.text


def test_an_error_in_the_block_is_passed_on_and_frees_the_lock(cache_root):
    for _ in range(2):
        with pytest.raises(OSError, match='mine'), cache_lock('models'):
            raise OSError('mine')


def test_a_cache_that_cannot_be_made_is_a_clear_error(cache_root):
    cache_root.write_text('a file')
    with (
        pytest.raises(
            DownloadError, match=r'models\.lock cannot be locked: .*CHAINER_DATASET_ROOT'
        ),
        cache_lock('models'),
    ):
        pass


@pytest.mark.skipif(sys.platform == 'win32', reason='needs links')
@pytest.mark.parametrize('kind', ['link to a file', 'FIFO', 'link to nothing', 'link to a device'])
def test_what_is_planted_in_the_place_of_a_lock_is_named_and_stays(cache_root, kind):
    path = cache_root / 'pfnet' / 'chainercv' / '.lock' / 'models.lock'
    path.parent.mkdir(parents=True)
    mine = path.with_name('mine')
    mine.write_text('mine')
    if kind == 'link to a file':
        path.symlink_to(mine)
    else:
        make_special_file(path, kind)
    with pytest.raises(DownloadError, match=r'models\.lock cannot be locked'), cache_lock('models'):
        pass
    assert mine.read_text() == 'mine'
