"""Writes the README's table of scores from the records of the weights: python docs/score_table.py."""

from pathlib import Path

from chainercv_seg.weights import list_weights

README = Path(__file__).parents[1] / 'README.md'
#: The lines between which the table stands.
START, END = '<!-- by docs/score_table.py -->\n', '<!-- end of the table -->\n'


def table() -> str:
    """The scores of all weights as a Markdown table, a row each."""
    rows = [('data, split', 'network', '`pretrained_model`', 'mIoU', 'protocol', 'measured by')]
    rows.append(('---',) * len(rows[0]))
    rows += [
        (
            f'{score.dataset} {score.split}',
            record.model,
            f"`'{record.name}'`" + ('' if record.urls else ' (in this package)'),
            f'{100 * score.miou:.2f} %',
            score.protocol,
            score.source,
        )
        for record in list_weights()
        for score in record.scores
    ]
    return ''.join(f'| {" | ".join(row)} |\n' for row in rows)


def with_table(text: str) -> str:
    """The text of the README with the table as it should be.

    Raises:
        ValueError: There is no place for it.
    """
    before, start, rest = text.partition(START)
    _, end, after = rest.partition(END)
    if not (start and end):
        raise ValueError(f'expected the lines {START!r} and {END!r} in {README}, found them not')
    return f'{before}{START}\n{table()}\n{END}{after}'


if __name__ == '__main__':
    README.write_text(with_table(README.read_text(encoding='utf-8')), encoding='utf-8')
