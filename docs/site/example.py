"""An evaluation whose report the site shows: the report itself, and parts of it for the first page."""

import re
import subprocess
import sys
from pathlib import Path

#: So many scenes are evaluated.
IMAGES = 40
COMMAND = ('evaluate', '--dataset', 'synthetic', '--limit', str(IMAGES), '--report')
#: What of the report is shown, and what its HTML looks like.
_PARTS = {
    'images': r'<div class="images">.*?</div>',
    'classes': r'<div class="wide"><table class="classes">.*?</table></div>',
    'matrix': r'<div class="wide"><svg class="matrix".*?</svg></div>',
    'plot': r'<svg class="plot".*?</svg>',
}


def write_report(folder: Path) -> Path:
    """Evaluate the network that comes with the package on synthetic scenes.

    Args:
        folder: Where the results go.

    Returns:
        The report.
    """
    command = [sys.executable, '-m', 'chainercv_seg', *COMMAND, '--output', str(folder)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return folder / 'report.html'


def with_parts(text: str, report: Path) -> str:
    """Put parts of a report in the place of ``<!-- report: NAME -->``.

    Args:
        text: Markdown.
        report: The HTML file.

    Returns:
        Markdown that holds HTML.

    Raises:
        ValueError: The report has no such part, or the text no place for it.
    """
    page = report.read_text('utf-8')
    for name, pattern in _PARTS.items():
        part = re.search(pattern, page, re.DOTALL)
        place = re.search(rf'^( *)<!-- report: {name} -->$', text, re.MULTILINE)
        if part is None or place is None:
            raise ValueError(f'expected a place for {name} in the text, and {pattern} in {report}')
        lines = ['```{raw} html', f'<div class="report">{part[0]}</div>', '```']
        block = ''.join(f'{place[1]}{line}\n' for line in '\n'.join(lines).split('\n'))
        text = text.replace(f'{place[0]}\n', f'\n{block}')
    return text
