"""DeepLabV3+ as a program."""

from chainercv_seg.engines.program import Image, Join, Map, MeanPool, Program
from chainercv_seg.links import Decoder, DeepLabV3plus, SeparableASPP, Xception65, XceptionBlock
from chainercv_seg.prepared.folding import bare_convolution, convolution, is_relu, separable
from chainercv_seg.prepared.known import check_known


def write_deeplab(link: DeepLabV3plus) -> Program:
    """Describe DeepLabV3+ on Xception65; its scores are a quarter of the input's size.

    Raises:
        TypeError: A part of it is not known.
    """
    program = Program()
    lowlevel, h = _xception(program, program.write(Image()), link.feature_extractor)
    pool = _aspp(program, h, link.aspp)
    check_known(link.decoder, Decoder)
    projected = convolution(program, lowlevel, link.decoder.feature_proj)
    h = program.write(Join(x=projected, maps=(pool, projected)))
    h = separable(program, h, link.decoder.conv1)
    h = separable(program, h, link.decoder.conv2)
    bare_convolution(program, h, link.decoder.conv_logits)
    return program


def _xception(program: Program, x: Map, link: Xception65) -> tuple[Map, Map]:
    check_known(link, Xception65)
    x = convolution(program, x, link.entryflow_conv1)
    x = convolution(program, x, link.entryflow_conv2)
    lowlevel = x
    for name in (
        *(f'entryflow_block{i}' for i in (1, 2, 3)),
        *(f'middleflow_block{i}' for i in range(1, 17)),
        *(f'exitflow_block{i}' for i in (1, 2)),
    ):
        x, between = _block(program, x, link[name])
        if name == 'entryflow_block2':
            lowlevel = between
    return lowlevel, x


def _block(program: Program, x: Map, link: XceptionBlock) -> tuple[Map, Map]:
    """Write down a block.

    ReLU is applied to what a convolution reads, where what comes before it is needed too.

    Returns:
        The output, and that of the second convolution before its activation.
    """
    check_known(link, XceptionBlock)
    if is_relu(link.separable3.pw_activ) and link.skip_type != 'none':
        raise TypeError('expected no activation before what skips a block is added')
    h = separable(program, x, link.separable1, relu_in=link.activ_first)
    between = separable(program, h, link.separable2)
    skip = convolution(program, x, link.conv) if link.skip_type == 'conv' else None
    y = separable(
        program,
        between,
        link.separable3,
        relu_in=is_relu(link.separable2_activ),
        add=x if link.skip_type == 'sum' else skip,
        relu=None if link.activ_first else True,
    )
    return y, between


def _aspp(program: Program, x: Map, link: SeparableASPP) -> Map:
    check_known(link, SeparableASPP)
    branches = [
        convolution(program, program.write(MeanPool(x=x)), link.image_pooling_conv),
        convolution(program, x, link.conv1x1),
        *(separable(program, x, atrous) for atrous in (link.atrous1, link.atrous2, link.atrous3)),
    ]
    return convolution(program, program.write(Join(x=x, maps=tuple(branches))), link.proj)
