"""The file LICENSE beside exported weights."""

from chainercv_seg.export.subject import Subject
from chainercv_seg.weights.find_file import FOLDER

_MIT = """MIT License

Copyright (c) 2026 The chainercv_seg authors

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.
"""


def license_text(subject: Subject) -> str:
    """Write the licence of weights, as far as it is known."""
    record = subject.record
    if record is None:
        return (
            f'The licence of these weights ({subject.weights}) is not known to chainercv_seg, which exported '
            'them: it is that of whoever trained them. Put its text in the place of this file.\n'
        )
    if record.license is None:
        return (
            f'No licence is stated for these weights ({record.file_name}), which ChainerCV published at\n'
            f'{record.urls[0]}\nThe code of ChainerCV is under the MIT licence.\n'
        )
    if record.license == 'MIT':
        return _MIT
    return f'{record.license}\n\n{(FOLDER / "LICENSE").read_text("utf-8")}'
