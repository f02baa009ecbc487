import pytest

from chainercv_seg.utils.errors import WeightsError
from chainercv_seg.weights.conversion import protobuf
from chainercv_seg.weights.conversion.protobuf import MessageFile
from tests.weights.conversion.files import field, varint


@pytest.fixture
def message(tmp_path):
    def message(data):
        path = tmp_path / 'file'
        path.write_bytes(data)
        return MessageFile(path, what='a message')

    return message


def test_fields_are_read_whatever_their_type(message):
    fixed = varint(3 << 3 | 5) + b'abcd' + varint(4 << 3 | 1) + b'abcdefgh'
    file = message(field(1, 300) + field(2, b'xyz') + fixed + field(2**28, ''))
    found = [(n, v if isinstance(v, int) else bytes(v)) for n, v in file.fields(file.message)]
    assert found == [(1, 300), (2, b'xyz'), (3, b'abcd'), (4, b'abcdefgh'), (2**28, b'')]


@pytest.mark.parametrize('n', [0, 127, 128, 2**31, 2**63 - 1, -1, -(2**31), -(2**63)])
def test_integers_have_64_bits_and_a_sign(message, n):
    file = message(field(1, n % 2**64) + field(2, varint(n % 2**64) * 3))
    assert file.integers(file.message, 1) == [n]
    assert file.integers(file.message, 2) == [n] * 3
    assert file.integer(file.message, 2) == n
    assert file.integer(file.message, 3) == 0


@pytest.mark.parametrize('data', [
    field(1, b'') * 600, field(1, 1) * 600, field(7, b'\1' * 1100), field(1, field(1, b'') * 600),
])  # fmt: skip
def test_a_file_of_very_many_fields_is_refused(message, monkeypatch, data):
    monkeypatch.setattr(protobuf, '_MOST_FIELDS', 1000)
    file = message(data)

    def read():
        for inner in (*file.messages(file.message, 1), file.message):
            file.text(inner, 1)
            file.integers(inner, 7)

    with pytest.raises(WeightsError, match='file holds more fields than a message has'):
        read()


@pytest.mark.parametrize('data', [
    b'\x08', b'\x08\x80', b'\x08' + b'\xff' * 10, b'\x0a\x05abc', b'\x0d\0', b'\x09' + bytes(7), b'\x0b',
    b'\x0f', bytes(9),    b'\x0a' + b'\xff' * 9 + b'\x01',
])  # fmt: skip
def test_what_is_broken_is_said(message, data):
    file = message(data)
    with pytest.raises(WeightsError, match='file is not a message, or is cut short'):
        file.text(file.message, 9)
