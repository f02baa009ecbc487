"""The model card: README.md beside an exported network."""

from collections.abc import Iterable, Mapping, Sequence

from chainercv_seg.export.exported import Exported
from chainercv_seg.export.subject import Subject
from chainercv_seg.utils.printable import printable


def model_card(
    subject: Subject, exported: Exported, *, files: Mapping[str, str], verified: str
) -> str:
    """Write the card.

    Args:
        subject: What was exported.
        exported: As what.
        files: What each file is, by its name. One that ends in ``.png`` is shown.
        verified: How it was verified.

    Returns:
        Markdown.
    """
    title = f'# {subject.architecture} with the weights {_text(subject.weights)}'
    pictures = [
        f'![An image, and the classes that the network sees in it]({name})'
        for name in files
        if name.endswith('.png')
    ]
    sections = {
        'Use': exported.use,
        'Images and results': exported.signature,
        'Scores': _scores(subject),
        'Verified': verified,
        'Files': _table(('file', 'what'), files.items()),
        'Classes': _classes(subject),
        'Licence of the weights': f'{subject.license}. See [LICENSE](LICENSE).',
    }
    bodies = [f'## {name}\n\n{body.strip()}' for name, body in sections.items()]
    return '\n\n'.join([title, _summary(subject), *pictures, *bodies]) + '\n'


def _summary(subject: Subject) -> str:
    record = subject.record
    trained = f' It was trained on {record.dataset}: {record.trained_on}.' if record else ''
    return (
        f'A network that tells {len(subject.class_names)} classes apart, pixel by pixel; exported from '
        f'Chainer by chainercv_seg.{trained}'
    )


def _scores(subject: Subject) -> str:
    scores = subject.record.scores if subject.record else ()
    if not scores:
        return 'None are known.'
    rows = [
        (f'{s.dataset} {s.split}', f'{100 * s.miou:.2f} %', s.protocol, s.source) for s in scores
    ]
    return (
        f'{_table(("data", "mean IoU", "protocol", "measured by"), rows)}\n\nWhat is exported looks at an '
        'image once. What the protocol says beyond that (tiles, flips, scales) is up to the program around.'
    )


def _classes(subject: Subject) -> str:
    rows = [
        (str(number), name, ' '.join(map(str, color)))
        for number, (name, color) in enumerate(
            zip(subject.class_names, subject.class_colors, strict=True)
        )
    ]
    return _table(('label', 'class', 'colour (RGB)'), rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ['---'] * len(head), *rows]
    return '\n'.join(f'| {" | ".join(map(_text, line))} |' for line in lines)


def _text(text: str) -> str:
    """Write a text of others so that it is text in Markdown as well."""
    text = printable(text)
    for special in '\\`*_[]<>|':
        text = text.replace(special, f'\\{special}')
    return text
