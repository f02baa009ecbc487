"""Image files that Pillow does not write: PNG and TIFF by the byte."""

import struct
import zlib

import numpy as np


def write_png(path, samples, *, bits, color=0, chunks=(), late=()):
    """Write a PNG.

    Args:
        path: The file.
        samples: ``(H, W, C)`` integers.
        bits: Bits of a sample.
        color: PNG's colour type: 0 grey, 2 RGB, 3 indexed, 4 grey with alpha, 6 RGBA.
        chunks: Names and contents of chunks before the pixels.
        late: Likewise behind the pixels.
    """
    height, width, _ = samples.shape
    rows = b''.join(b'\0' + _packed(row.ravel(), bits) for row in samples)
    header = struct.pack('>IIBBBBB', width, height, bits, color, 0, 0, 0)
    pixels = (b'IDAT', zlib.compress(rows))
    every = [(b'IHDR', header), *chunks, pixels, *late, (b'IEND', b'')]
    path.write_bytes(b'\x89PNG\r\n\x1a\n' + b''.join(_chunk(*chunk) for chunk in every))


def write_tiff(path, samples, *, bits, order='<', planar=False, deflate=False, **tags):
    """Write a TIFF.

    Args:
        path: The file.
        samples: ``(H, W, C)`` integers or floats.
        bits: Bits of a sample.
        order: ``'<'`` or ``'>'``.
        planar: Whether each channel is a plane of its own.
        deflate: Whether to compress it.
        **tags: ``photometric`` (1: 0 is black), ``sample_format`` (1 unsigned, 2 signed, 3 float),
            ``extra`` (2: the last channel is alpha), ``orientation``.
    """
    height, width, channels = samples.shape
    planes = [samples[:, :, c : c + 1] for c in range(channels)] if planar else [samples]
    blocks = [b''.join(_packed(row.ravel(), bits, order) for row in plane) for plane in planes]
    blocks = [zlib.compress(block) for block in blocks] if deflate else blocks
    entries = {
        256: [width],
        257: [height],
        258: [bits] * channels,
        259: [8 if deflate else 1],
        277: [channels],
    }
    entries |= {262: [tags.get('photometric', 1 if channels < 3 else 2)], 278: [height]}
    entries |= {284: [2 if planar else 1], 339: [tags.get('sample_format', 1)] * channels}
    entries |= {338: [tags['extra']]} if 'extra' in tags else {}
    entries |= {274: [tags['orientation']]} if 'orientation' in tags else {}
    entries |= {273: [0] * len(blocks), 279: [len(block) for block in blocks]}
    start = 8 + 2 + 12 * len(entries) + 4
    ends = start + np.cumsum([0, *map(len, blocks)])
    entries[273] = ends[:-1].tolist()
    directory, behind = b'', b''
    for tag, values in sorted(entries.items()):
        kind = 4 if tag in (273, 279) else 3
        content = struct.pack(f'{order}{len(values)}{"I" if kind == 4 else "H"}', *values)
        if len(content) > 4:
            place = int(ends[-1]) + len(behind)
            behind += content
            content = struct.pack(f'{order}I', place)
        directory += struct.pack(f'{order}HHI', tag, kind, len(values)) + content.ljust(4, b'\0')
    magic = b'II' if order == '<' else b'MM'
    head = magic + struct.pack(f'{order}HIH', 42, 8, len(entries))
    path.write_bytes(head + directory + b'\0\0\0\0' + b''.join(blocks) + behind)


def _packed(row, bits, order='>'):
    if row.dtype.kind == 'f':
        return row.astype(f'{order}f4').tobytes()
    if bits >= 8 and bits % 8 == 0:
        return row.astype(
            f'{order}i{bits // 8}' if row.min() < 0 else f'{order}u{bits // 8}'
        ).tobytes()
    text = ''.join(f'{value:0{bits}b}' for value in row.tolist())
    text += '0' * (-len(text) % 8)
    return bytes(int(text[i : i + 8], 2) for i in range(0, len(text), 8))


def _chunk(name, content):
    return (
        struct.pack('>I', len(content))
        + name
        + content
        + struct.pack('>I', zlib.crc32(name + content))
    )
