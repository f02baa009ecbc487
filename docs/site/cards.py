"""The lists of pages on the first page of each part: title and first sentence."""

import posixpath
import re

_LINK = re.compile(r'!?\[([^\]]*)\]\([^)]*\)')
#: A heading, and the paragraph behind it.
_START = re.compile(r'# (.+)\n+((?:(?![#`|!<{+*-]).+\n?)+)?')


def card(name: str, text: str) -> str:
    """Write an entry of the list.

    Args:
        name: The page, from the root of the site.
        text: The page: Markdown that begins with a heading.

    Returns:
        An item of a list in Markdown.
    """
    title, paragraph = _START.match(text).groups(default='')
    sentence = re.split(r'(?<=[.:]) ', _LINK.sub(r'\1', ' '.join(paragraph.split())))[0]
    link = f'- **[{title}]({posixpath.basename(name)}.md)**'
    return f'{link}\n\n  {sentence.removesuffix(":")}\n' if sentence else f'{link}\n'


def cards(pages: dict[str, str]) -> str:
    """Write the list.

    Args:
        pages: The text of each page by its name.
    """
    return '\n'.join(['{.cards}', *(card(name, text) for name, text in pages.items())])
