import pytest

from chainercv_seg.utils.errors import MissingExtraError
from chainercv_seg.utils.extras import install_command, require_extra


def test_an_installed_module_is_returned():
    assert require_extra('json', extra='x', purpose='x').__name__ == 'json'


def test_a_missing_module_names_the_extra():
    with pytest.raises(MissingExtraError, match=r"A plot needs .*install 'chainercv_seg\[plot\]'"):
        require_extra('no_such_module', extra='plot', purpose='A plot')


@pytest.mark.parametrize('extra', ['plot', 'chainer', 'mpi', 'fast'])
def test_what_works_from_a_clone_comes_first_and_both_commands_are_whole(extra):
    clone, index = install_command(extra).split(' in a clone of the repository, else ')
    assert clone.endswith(f"pip install '.[{extra}]'")
    assert index.endswith(f"pip install 'chainercv_seg[{extra}]'")
    assert all(('setuptools<81' in command) == (extra == 'chainer') for command in (clone, index))


def test_a_missing_chainer_names_the_whole_command():
    with pytest.raises(MissingExtraError, match=r'setuptools<81.*PIP_BUILD_CONSTRAINT'):
        require_extra('no_such_module', extra='chainer', purpose='A link')


def test_an_error_inside_an_installed_module_is_not_hidden(tmp_path, monkeypatch):
    (tmp_path / 'broken_module.py').write_text('import another_missing_module')
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match='another_missing_module') as error:
        require_extra('broken_module', extra='plot', purpose='A plot')
    assert not isinstance(error.value, MissingExtraError)
