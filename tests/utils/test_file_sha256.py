import hashlib

from chainercv_seg.utils.file_sha256 import file_sha256


def test_files_of_any_length_have_the_hash_of_their_content(tmp_path):
    for length in (0, 1, 1 << 20, (1 << 20) + 1):
        content = bytes(range(256)) * (length // 256) + b'x' * (length % 256)
        (tmp_path / 'file').write_bytes(content)
        assert file_sha256(tmp_path / 'file') == hashlib.sha256(content).hexdigest()
