import pytest

from chainercv_seg.utils.errors import MissingExtraError
from chainercv_seg.utils.extras import require_extra


def test_an_installed_module_is_returned():
    assert require_extra('json', extra='x', purpose='x').__name__ == 'json'


def test_a_missing_module_names_the_extra():
    with pytest.raises(MissingExtraError, match=r"A plot needs .*install 'chainercv_seg\[plot\]'"):
        require_extra('no_such_module', extra='plot', purpose='A plot')


def test_a_missing_chainer_names_the_whole_command():
    with pytest.raises(MissingExtraError, match=r'setuptools<81.*PIP_BUILD_CONSTRAINT'):
        require_extra('no_such_module', extra='chainer', purpose='A link')


def test_an_error_inside_an_installed_module_is_not_hidden(tmp_path, monkeypatch):
    (tmp_path / 'broken_module.py').write_text('import another_missing_module')
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match='another_missing_module') as error:
        require_extra('broken_module', extra='plot', purpose='A plot')
    assert not isinstance(error.value, MissingExtraError)
