"""The same networks in ONNX Runtime on a GPU: its CUDA provider and, where there is one, TensorRT's."""

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import torch
from gpu_side import Side, Variant
from torch_networks import Network


class ONNXRuntime(Side):
    """ONNX Runtime's."""

    def variants(self) -> dict[str, list[str]]:
        """What the providers that are installed can do."""
        providers = onnxruntime.get_available_providers()
        names = []
        if self.gpu < 0:
            names = ['CPU float32']
        elif 'CUDAExecutionProvider' in providers:
            names = ['CUDA float32', 'CUDA tf32']
        slow = (
            ['TensorRT tf32', 'TensorRT float16']
            if self.gpu >= 0 and 'TensorrtExecutionProvider' in providers
            else []
        )
        if not names and not slow:
            raise RuntimeError(f'no provider for a GPU among {", ".join(providers)}')
        return {'predict': names, 'slow': slow, 'train': []}

    def make(self, variant: str) -> Variant:
        """Build a session for each number of images, when it is first asked for."""
        kind, precision = variant.split()
        device = {'device_id': self.gpu}
        provider: Any = {
            'CPU': 'CPUExecutionProvider',
            'CUDA': ('CUDAExecutionProvider', {**device, 'use_tf32': int(precision == 'tf32')}),
            'TensorRT': (
                'TensorrtExecutionProvider',
                {**device, 'trt_fp16_enable': precision == 'float16'},
            ),
        }[kind]
        sessions: dict[int, Any] = {}

        def predict(images: np.ndarray) -> Any:
            if len(images) not in sessions:
                options = onnxruntime.SessionOptions()
                path = self._exported(len(images))
                sessions[len(images)] = onnxruntime.InferenceSession(
                    path, options, providers=[provider]
                )
            session = sessions[len(images)]
            return session.run(None, {session.get_inputs()[0].name: images})[0]

        return predict

    def _exported(self, batch: int) -> str:
        """Write the network for a number of images, once."""
        path = self.weights.with_name(f'{self.model}_{batch}.onnx')
        if not path.exists():
            network = Network(self.model, self.weights, self.size).eval()
            example = torch.zeros(batch, 3, *self.size)
            torch.onnx.export(network, (example,), str(path), dynamo=False, opset_version=17)
        return str(path)


def make_side(
    model: str, weights: Path, size: tuple[int, int], gpu: int, crops: tuple[int, int, int]
) -> Side:
    return ONNXRuntime(model, weights, size, gpu, crops)
