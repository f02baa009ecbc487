import pytest

from chainercv_seg.utils import DatasetError
from chainercv_seg.utils.failures import describe, exit_code_of


@pytest.mark.parametrize(
    ('error', 'text', 'code'),
    [
        (DatasetError('no such folder'), 'no such folder', 1),
        (KeyError('x'), "KeyError: 'x'", 1),
        (IsADirectoryError(21, 'Is a directory', 'd'), 'd: Is a directory', 1),
        (OSError('no space'), 'no space', 1),
        (KeyboardInterrupt(), 'interrupted', 130),
        (MemoryError(), 'the memory is not enough: smaller batches, crops or inputs need less', 1),
        (
            MemoryError('Unable to allocate 3 GiB'),
            'the memory is not enough (Unable to allocate 3 GiB): smaller batches, crops or inputs need less',
            1,
        ),
    ],
)
def test_errors_of_the_user_are_their_message_others_have_a_type(error, text, code):
    assert (describe(error), exit_code_of(error)) == (text, code)


def test_notes_are_said_too_on_every_python():
    error = ValueError('too large')
    error.__notes__ = ['image: a.png', 'on a Monday']
    assert describe(error) == 'ValueError: too large; image: a.png; on a Monday'
