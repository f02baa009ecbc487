import runpy
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

import chainercv_seg
from chainercv_seg.cli import main as main_module
from chainercv_seg.cli.main import main

EXAMPLES = Path(__file__).parents[2] / 'examples'
SCRIPTS = EXAMPLES / 'semantic_segmentation'
TRAINING = ('pspnet/train_multi.py', 'segnet/train.py')
#: Scripts with options of their own.
PARSING = [*sorted(EXAMPLES.glob('*/*2npz.py')), EXAMPLES / 'segnet/train.py']


def test_the_installed_command_is_this_one():
    (command,) = entry_points(group='console_scripts', name='chainercv-seg')
    assert command.load() is main


@pytest.mark.parametrize('command', ['evaluate', 'score', 'demo', 'weights', 'convert'])
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


_WITHOUT_EXTRAS = """
import runpy, sys
for name in ('chainer', 'chainermn', 'mpi4py', 'numba', 'matplotlib', 'matplotlib.pyplot', 'threadpoolctl'):
    sys.modules[name] = None
sys.argv = sys.argv[1:]
sys.path.insert(0, sys.argv[0].rpartition('/')[0])
runpy.run_path(sys.argv[0], run_name='__main__')
"""


@pytest.mark.parametrize(
    'command', [*main_module.COMMANDS, *TRAINING, 'pspnet/caffe2npz.py', 'deeplab/tf2npz.py']
)
def test_each_command_has_help_without_the_extras(command):
    script = Path(main_module.__file__).parents[1] / '__main__.py'
    arguments = [str(EXAMPLES / command)] if '/' in command else [str(script), command]
    run = [sys.executable, '-c', _WITHOUT_EXTRAS, *arguments, '--help']
    done = subprocess.run(run, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, '')
    assert done.stdout.startswith('usage: ')


def test_without_arguments_the_commands_are_listed(capsys):
    with pytest.raises(SystemExit) as end:
        main([])
    assert end.value.code == 2
    text = capsys.readouterr().err
    for name in ('evaluate ', 'evaluate-multi', 'score', 'demo', 'weights', 'convert'):
        assert f'\n  {name}' in text


@pytest.mark.parametrize('arguments', [[], ['segment'], ['--no-such-option']])
def test_wrong_usage_exits_with_2(arguments, capsys):
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 2
    assert 'usage: chainercv-seg' in capsys.readouterr().err


@pytest.mark.parametrize('text', ['--\x1b[31mred', '--\u202eback', '--a\nb', '--\udcff'])
@pytest.mark.parametrize('script', [None, *PARSING], ids=lambda path: path and path.name)
def test_what_is_typed_does_not_steer_the_terminal(script, text, capsys, monkeypatch):
    run = main
    if script is not None:
        monkeypatch.syspath_prepend(str(script.parent))
        run = runpy.run_path(str(script))['main']
    with pytest.raises(SystemExit) as end:
        run(['weights.file', 'o.npz', text] if script else [text, 'weights'])
    assert end.value.code == 2
    (line,) = [line for line in capsys.readouterr().err.splitlines() if 'error: ' in line]
    assert line.isprintable()


@pytest.mark.parametrize(
    'arguments',
    [
        ['score', '--dataset', 'folder', '--labels=--', '--label-names', 'n', '--predictions', 'p'],
        ['score', '--dataset=camvid', '--predictions=--'],
        ['evaluate', '--limit=--'],
        ['evaluate', '--resume=--'],
        ['demo', '--output=--'],
        ['weights', '--model=--'],
    ],
)
def test_two_dashes_are_no_value(arguments, capsys):
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 2
    assert "expected a value, not '--'" in capsys.readouterr().err


@pytest.mark.parametrize('option', ['--labels', '--predictions', '--label-names', '--output'])
def test_no_name_of_a_file_holds_a_nul(option, capsys):
    with pytest.raises(SystemExit) as end:
        main(['score', '--dataset', 'folder', option, 'a\0b'])
    assert end.value.code == 2
    assert "'a\\x00b' holds a NUL" in capsys.readouterr().err


def test_the_package_itself_is_the_command():
    command = [sys.executable, '-m', 'chainercv_seg', '--version']
    assert subprocess.check_output(command, text=True).strip() == chainercv_seg.__version__


def test_the_exit_code_is_that_of_the_command(capsys):
    assert main(['weights', '--model', 'none']) == 1
    assert capsys.readouterr().err.startswith('error: ')


@pytest.fixture
def interrupted(monkeypatch):
    """The user loses patience while a command is loaded."""

    def import_module(name):
        raise KeyboardInterrupt

    monkeypatch.setattr(main_module, 'import_module', import_module)


@pytest.mark.usefixtures('interrupted')
class TestInterruptedWhileLoading:
    def test_a_command_exits_with_130(self, capsys):
        assert main(['evaluate']) == 130
        assert capsys.readouterr().err == 'error: interrupted\n'

    @pytest.mark.parametrize('script', sorted(SCRIPTS.glob('*.py')), ids=lambda path: path.stem)
    def test_so_does_a_script(self, script, capsys):
        with pytest.raises(SystemExit, match='130'):
            runpy.run_path(str(script), run_name='__main__')
        assert capsys.readouterr().err == 'error: interrupted\n'


def test_nothing_heavy_is_loaded_before_the_command():
    code = "import sys, chainercv_seg.cli.main; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, '-c', code]).returncode == 0
