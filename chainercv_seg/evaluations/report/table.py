"""Tables in a page."""

from collections.abc import Mapping, Sequence

from chainercv_seg.evaluations.report.text import html_text

#: What numbers have, to stand one below the other.
_NUMBER = ' class="number"'


def table(columns: Mapping[str, Sequence[str]], *, head: str) -> str:
    """Write a table without its outermost element.

    Args:
        columns: The texts in each column, by its title; all as long.
        head: The title of the column that says what a row is. Others hold numbers.

    Returns:
        HTML.
    """
    titles = ''.join(
        f'<th{"" if title == head else _NUMBER}>{html_text(title)}</th>' for title in columns
    )
    rows = zip(*columns.values(), strict=True)
    body = '\n'.join(
        '<tr>'
        + ''.join(
            f'<th>{html_text(text)}</th>'
            if title == head
            else f'<td{_NUMBER}>{html_text(text)}</td>'
            for title, text in zip(columns, row, strict=True)
        )
        + '</tr>'
        for row in rows
    )
    return f'<thead><tr>{titles}</tr></thead>\n<tbody>{body}</tbody>'
