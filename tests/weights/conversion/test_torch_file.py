import io

import numpy as np
import pytest

from chainercv_seg.utils.errors import WeightsError
from chainercv_seg.weights.conversion import read_torch_checkpoint

torch = pytest.importorskip('torch', reason='compares with PyTorch')


@pytest.mark.filterwarnings('ignore:.*torch.jit:DeprecationWarning')
def test_pytorch_writes_what_is_read(tmp_path):
    path = tmp_path / 'checkpoint.pth'
    numbers = torch.linspace(-3, 3, 24).reshape(4, 6)
    state = {
        name: numbers.to(dtype)
        for name, dtype in [('f', torch.float32), ('d', torch.float64), ('h', torch.float16),
                            ('b', torch.bfloat16), ('l', torch.int64), ('c', torch.complex64),
                            ('i', torch.int8), ('t', torch.bool)]
    }  # fmt: skip
    state |= {
        'turned': numbers.t(),
        'part': numbers[1:3, ::2],
        'parameter': torch.nn.Parameter(numbers),
    }
    for zipped in (True, False):
        torch.save({'model': state}, path, _use_new_zipfile_serialization=zipped)
        arrays = read_torch_checkpoint(path)
        assert list(arrays) == list(state)
        for name, tensor in state.items():
            expected = tensor.detach()
            expected = expected.float() if expected.is_floating_point() else expected
            np.testing.assert_array_equal(arrays[name], expected.numpy())
    for tensor, what in [(numbers.to_sparse(), 'sparse'), (numbers.to('meta'), 'meta'),
                         (numbers.to(torch.float8_e4m3fn), 'float8_e4m3fn')]:  # fmt: skip
        torch.save({'w': tensor}, path)
        with pytest.raises(WeightsError, match=f'w in .*{what}.*, which is not read'):
            read_torch_checkpoint(path)
    for zipped in (True, False):
        torch.save(torch.nn.Conv2d(2, 2, 1), path, _use_new_zipfile_serialization=zipped)
        with pytest.raises(WeightsError, match=r'a pickled torch\.nn\.modules\.conv\.Conv2d'):
            read_torch_checkpoint(path)
    script = io.BytesIO()
    torch.jit.save(torch.jit.script(torch.nn.Conv2d(2, 2, 1)), script)
    path.write_bytes(script.getvalue())
    with pytest.raises(WeightsError, match='it is a TorchScript program'):
        read_torch_checkpoint(path)
