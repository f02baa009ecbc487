"""Tables of names, read in both directions."""

import numpy as np
import pytest

from chainercv_seg.links import DeepLabV3plusXception65, DilatedResNet, PSPNetResNet50
from chainercv_seg.links.convolution import leave_unset
from chainercv_seg.weights.conversion import Conversion, array_names
from chainercv_seg.weights.conversion.deeplab_names import deeplab_table
from chainercv_seg.weights.conversion.pspnet_names import (
    CAFFE,
    MMSEGMENTATION,
    PYTORCH_SEMSEG,
    SEMSEG,
)
from chainercv_seg.weights.conversion.table import to_theirs
from chainercv_seg.weights.load import places

TABLES = {
    'semseg': SEMSEG.table,
    'mmsegmentation': MMSEGMENTATION.table,
    'pytorch-semseg': PYTORCH_SEMSEG.table,
    'caffe': CAFFE.table,
}


@pytest.fixture(scope='module')
def shallow():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DilatedResNet, 'blocks', {50: (1, 1, 1, 2)})
        link = PSPNetResNet50(3, input_size=48)
    for _, (sub, name) in places(link):
        if name in ('avg_var', 'avg_mean', 'gamma', 'beta'):
            value = getattr(sub, name)
            getattr(value, 'array', value)[...] = np.random.RandomState(0).uniform(
                0.5, 1.5, value.shape
            )
    return link


def arrays(link):
    values = {name: getattr(*place) for name, place in places(link)}
    return {name: np.array(getattr(value, 'array', value)) for name, value in values.items()}


@pytest.mark.parametrize('table', TABLES.values(), ids=TABLES)
def test_what_is_written_with_a_table_is_read_with_it(shallow, table):
    entries = table(array_names(shallow))
    ours = arrays(shallow)
    bn = {f'{name}/avg_var': sub.eps for name, sub in shallow.namedlinks() if hasattr(sub, 'eps')}
    theirs = {e.theirs: to_theirs(e, ours[e.ours], bn.get(f'/{e.ours}')) for e in entries}
    assert len(theirs) == len(entries)
    before = {name: array.copy() for name, array in ours.items()}
    for _, (sub, name) in places(shallow):
        if name == 'W':
            getattr(sub, name).array[...] = 0
    Conversion.of(shallow, entries).apply(shallow, theirs, origin='here')
    for name, array in arrays(shallow).items():
        np.testing.assert_allclose(array, before[name], rtol=1e-6, atol=0, err_msg=name)


@pytest.mark.parametrize('table', TABLES.values(), ids=TABLES)
def test_every_array_has_one_entry(table):
    link = PSPNetResNet50(3, input_size=48, initialW=leave_unset)
    entries = table(array_names(link))
    names = [name for name in array_names(link) if not name.endswith('/N')]
    assert sorted(entry.ours for entry in entries) == sorted(names)
    assert len({entry.theirs for entry in entries}) == len(entries)


def test_every_array_of_deeplab_has_one_entry():
    initialW = {'initialW': leave_unset}
    link = DeepLabV3plusXception65(
        3, extractor_kwargs=initialW, aspp_kwargs=initialW, decoder_kwargs=initialW
    )
    entries = deeplab_table(array_names(link))
    names = [name for name in array_names(link) if not name.endswith('/N')]
    assert sorted(entry.ours for entry in entries) == sorted(names)
    assert len({entry.theirs for entry in entries}) == len(entries)
