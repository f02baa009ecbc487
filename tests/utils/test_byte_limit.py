import pytest

from chainercv_seg.utils import UserError
from chainercv_seg.utils.byte_limit import byte_limit


@pytest.mark.parametrize(('text', 'limit'), [(None, 7), ('', 7), (' ', 7), ('0', 0), (' 12 ', 12)])
def test_a_limit_is_what_was_set_or_the_default(monkeypatch, text, limit):
    monkeypatch.delenv('SOME_LIMIT', raising=False)
    if text is not None:
        monkeypatch.setenv('SOME_LIMIT', text)
    assert byte_limit('SOME_LIMIT', 7) == limit


@pytest.mark.parametrize('text', ['16GB', '-1', '1e9', '9' * 5000, '²'])
def test_what_is_no_number_is_not_taken_for_none(monkeypatch, text):
    monkeypatch.setenv('SOME_LIMIT', text)
    with pytest.raises(UserError, match='SOME_LIMIT must be a number of bytes, but is'):
        byte_limit('SOME_LIMIT', 7)
