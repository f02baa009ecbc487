import subprocess
import sys
from importlib.metadata import entry_points

import pytest

import chainercv_seg
from chainercv_seg.cli.main import main


def test_the_installed_command_is_this_one():
    (command,) = entry_points(group='console_scripts', name='chainercv-seg')
    assert command.load() is main


@pytest.mark.parametrize('command', ['evaluate', 'score', 'demo', 'weights'])
def test_each_command_has_help_under_its_own_name(command, capsys):
    with pytest.raises(SystemExit) as end:
        main([command, '--help'])
    assert end.value.code == 0
    assert capsys.readouterr().out.startswith(f'usage: chainercv-seg {command} ')


def test_several_ranks_have_a_command_too():
    pytest.importorskip('mpi4py')
    # In a process of its own: a rank decides how many threads it computes with.
    command = [sys.executable, '-m', 'chainercv_seg', 'evaluate-multi', '--help']
    output = subprocess.check_output(command, text=True)
    assert output.startswith('usage: chainercv-seg evaluate-multi ')
    assert '--communicator' in output


@pytest.mark.parametrize('arguments', [[], ['segment'], ['--no-such-option']])
def test_wrong_usage_exits_with_2(arguments, capsys):
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 2
    assert 'usage: chainercv-seg' in capsys.readouterr().err


def test_the_package_itself_is_the_command():
    command = [sys.executable, '-m', 'chainercv_seg', '--version']
    assert subprocess.check_output(command, text=True).strip() == chainercv_seg.__version__


def test_the_exit_code_is_that_of_the_command(capsys):
    assert main(['weights', '--model', 'none']) == 1
    assert capsys.readouterr().err.startswith('error: ')
