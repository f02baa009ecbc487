import numpy as np
import pytest

from chainercv_seg.engines.piecewise.pieces import MOST_ELEMENTS, WORKSPACE, Window, cut, piece_size

SEVEN = Window((7, 7), pad=(3, 3))


def layers_of_pspnet():
    """Channels in and out, window and size of the result of PSPNet's convolutions at 713x713."""
    three = {rate: Window((3, 3), pad=(rate, rate), dilate=(rate, rate)) for rate in (1, 2, 4)}
    yield 3, 64, Window((3, 3), (2, 2), (1, 1)), (357, 357)
    yield 64, 128, three[1], (357, 357)
    yield 128, 128, Window((3, 3), (2, 2), (1, 1)), (90, 90)
    yield 512, 512, three[4], (90, 90)
    yield 4096, 512, three[1], (90, 90)
    yield 2048, 512, Window((1, 1)), (90, 90)


def layers_of_segnet():
    for shrunk in (1, 2, 4, 8):
        yield 64, 64, SEVEN, (360 // shrunk, 480 // shrunk)


@pytest.mark.parametrize('layers', [layers_of_pspnet, layers_of_segnet])
@pytest.mark.parametrize('workspace', [WORKSPACE, 64 * 2**20, 2**40])
def test_no_piece_of_our_networks_passes_the_workspace_or_what_32_bits_number(layers, workspace):
    for C, O, window, size in layers():
        rows, columns = piece_size(window, C, O, size, itemsize=4, workspace=workspace)
        elements = window.elements(C, O, rows, columns)
        assert elements <= min(workspace // 4, MOST_ELEMENTS)
        assert (rows, columns) == size or window.elements(C, O, rows + 1, columns) > min(
            workspace // 4, MOST_ELEMENTS
        )


def test_the_columns_of_segnets_batch_of_12_would_have_passed_32_bits():
    columns = 12 * 64 * 7 * 7 * 360 * 480
    assert columns > 6e9 > MOST_ELEMENTS
    piece = piece_size(SEVEN, 64, 64, (360, 480), itemsize=4)
    assert sum(1 for _ in cut(12, (360, 480), piece)) * WORKSPACE > 4 * columns  # and all are there


@pytest.mark.parametrize('piece', [(1, 1), (1, 4), (2, 7), (3, 7), (5, 7)])
def test_pieces_cover_each_position_once(piece):
    counts = np.zeros((3, 5, 7), int)
    for part in cut(3, (5, 7), piece):
        counts[part.image, part.rows, part.columns] += 1
        height, width = counts[part.image, part.rows, part.columns].shape
        assert height <= piece[0]
        assert width <= piece[1]
    assert (counts == 1).all()


def test_a_row_that_is_too_long_is_cut():
    rows, columns = piece_size(SEVEN, 64, 64, (10, 4000), itemsize=4, workspace=10**7)
    assert rows == 1
    assert 1 < columns < 4000


def test_a_workspace_that_is_too_small_says_how_much_it_takes():
    least = 4 * SEVEN.elements(64, 8, 1, 1)
    assert least == 4 * (64 * 49 + 64 * 49 + 8)
    assert piece_size(SEVEN, 64, 8, (9, 9), itemsize=4, workspace=least) == (1, 1)
    with pytest.raises(ValueError, match=f'at least {least} bytes .* found {least - 1}'):
        piece_size(SEVEN, 64, 8, (9, 9), itemsize=4, workspace=least - 1)


def test_a_map_that_is_smaller_than_the_kernel_is_refused():
    assert SEVEN.result_size((1, 1)) == (1, 1)
    with pytest.raises(ValueError, match=r'at least 7x7, padding included.*found 6x9'):
        Window((7, 7)).result_size((6, 9))
