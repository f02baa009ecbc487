import argparse

import pytest

from chainercv_seg.cli.option_types import integer, number, positive_int


@pytest.mark.parametrize(
    'text',
    ['0', '-1', '99999999999999999999', '2147483648', '1.5', 'nan', 'inf', '', 'x', '9' * 5000],
)
def test_what_is_no_count_is_one_sentence(text):
    with pytest.raises(argparse.ArgumentTypeError) as error:
        positive_int(text)
    assert str(error.value).startswith('must be a whole number from 1 to 2147483647, but is ')
    assert len(str(error.value)) < 120


@pytest.mark.parametrize('text', ['nan', 'inf', '-inf', '1e309', '-0.1', '2.1', 'x', '', '1,5'])
def test_what_is_no_number_within_the_bounds_is_one_sentence(text):
    with pytest.raises(argparse.ArgumentTypeError, match='must be a number from 0 to 2, but is'):
        number(0, 2)(text)


def test_bounds_are_within():
    assert [integer(-1, 3)(text) for text in ('-1', ' 3 ', '+2')] == [-1, 3, 2]
    assert [number(0, 2)(text) for text in ('0', '2', '1e-3')] == [0, 2, 1e-3]


@pytest.mark.parametrize(
    ('option', 'value'),
    [
        ('--threads', '99999999999999999999'),
        ('--threads', '0'),
        ('--gpu', '-2'),
        ('--gpu', '99999999999999999999'),
        ('--input-size', '99999999999999999999'),
        ('--scales', 'nan'),
        ('--scales', '1e300'),
        ('--batchsize', '0'),
        ('--limit', '-1'),
    ],
)
def test_the_commands_say_so(option, value, capsys):
    from chainercv_seg.cli import main

    with pytest.raises(SystemExit, match='2'):
        main.main(['evaluate', f'{option}={value}'])
    error = capsys.readouterr().err
    assert error.splitlines()[-1].endswith(f'but is {value!r}')
    assert 'Traceback' not in error


def test_usage_errors_cannot_steer_the_terminal(capsys):
    from chainercv_seg.cli import main

    for arguments in (
        ['evaluate', '\x1b[31m'],
        ['score', '--\x1b]0;t\x07'],
        ['demo', '--gpu=\x1b'],
    ):
        with pytest.raises(SystemExit, match='2'):
            main.main(arguments)
        assert capsys.readouterr().err.replace('\n', '').isprintable()
