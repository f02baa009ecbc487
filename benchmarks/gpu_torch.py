"""The same networks in PyTorch on a GPU: eager, in a CUDA graph, compiled; both layouts, each precision."""

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import torch
from gpu_side import Side, Variant
from torch_networks import Network

LAYOUTS = {'NCHW': torch.contiguous_format, 'NHWC': torch.channels_last}
#: float16: all numbers are; autocast: products are, as PyTorch chooses.
PRECISIONS = ('float32', 'tf32', 'float16', 'autocast')


class Torch(Side):
    """PyTorch's."""

    def variants(self) -> dict[str, list[str]]:
        """All that there is."""
        precisions = PRECISIONS if self.gpu >= 0 else PRECISIONS[:1]
        names = [' '.join(pair) for pair in product(precisions, LAYOUTS)]
        graphs = [f'graph {name}' for name in names if self.gpu >= 0]
        first = [*names[1::2], *names[::2]]  # channels last is nearly always faster
        trained = [name for name in names if name.split()[0] in ('float32', 'tf32')]
        return {
            'predict': [*(f'eager {name}' for name in names), *graphs],
            'slow': [f'compiled {name}' for name in first if self.gpu >= 0],
            'train': [f'eager {name}' for name in trained],
        }

    @property
    def device(self) -> torch.device:
        """Where it computes."""
        return torch.device('cpu' if self.gpu < 0 else f'cuda:{self.gpu}')

    def network(self, precision: str, layout: str) -> Network:
        """The network with its weights on the device."""
        network = Network(self.model, self.weights, self.size).eval()
        dtype = torch.float16 if precision == 'float16' else torch.float32
        network.weights = {
            name: array.to(self.device, dtype)
            if array.ndim != 4
            else array.to(self.device, dtype, memory_format=LAYOUTS[layout])
            for name, array in network.weights.items()
        }
        return network

    def make(self, variant: str) -> Variant:
        """Build a network."""
        how, precision, layout = variant.split()
        network = self.network(precision, layout)
        dtype = torch.float16 if precision == 'float16' else torch.float32
        run: Any = network
        if how == 'compiled':
            run = torch.compile(network, mode='reduce-overhead', dynamic=False)  # with CUDA graphs

        def compute(x: torch.Tensor) -> torch.Tensor:
            x = x.to(dtype).contiguous(memory_format=LAYOUTS[layout])
            with torch.autocast(self.device.type, torch.float16, enabled=precision == 'autocast'):
                return run(x).to(torch.uint8)

        graphs: dict[int, Any] = {}

        def predict(images: np.ndarray) -> np.ndarray:
            _set_tf32(precision != 'float32')
            with torch.inference_mode():
                x = torch.from_numpy(np.ascontiguousarray(images))
                if how == 'graph':
                    if len(x) not in graphs:
                        graphs[len(x)] = _captured(compute, x.to(self.device))
                    graph, into, out = graphs[len(x)]
                    into.copy_(x)
                    graph.replay()
                    return out.cpu().numpy()
                return compute(x.to(self.device)).cpu().numpy()

        return predict

    def make_training(self, variant: str) -> Any:
        """Build an iteration of momentum SGD with cross entropy."""
        _, precision, layout = variant.split()
        _set_tf32(precision != 'float32')
        network = self.network(precision, layout).train()
        parameters = []
        for name, array in network.weights.items():
            if not name.endswith(('/avg_mean', '/avg_var', '/N')) and name != 'mean':
                network.weights[name] = torch.nn.Parameter(array)
                parameters.append(network.weights[name])
        optimizer = torch.optim.SGD(parameters, lr=1e-4, momentum=0.9)
        n, height, width = self.crops
        rng = np.random.RandomState(0)
        images = rng.randint(0, 256, (n, 3, height, width)).astype(np.float32)
        x = torch.from_numpy(images).to(self.device).contiguous(memory_format=LAYOUTS[layout])
        with torch.no_grad():
            shape = network.scores(x).shape
        label = torch.from_numpy(rng.randint(0, 11, (n, *shape[2:]))).to(self.device)

        def iterate() -> float:
            _set_tf32(precision != 'float32')
            optimizer.zero_grad()
            loss = torch.nn.functional.cross_entropy(network.scores(x), label)
            loss.backward()
            optimizer.step()
            return float(loss.detach())  # waits

        return iterate

    def memory(self) -> tuple[int, int]:
        """Bytes of the device, and the most that PyTorch has reserved."""
        if self.gpu < 0:
            return 0, 0
        free, total = torch.cuda.mem_get_info(self.device)
        return total - free, torch.cuda.max_memory_reserved(self.device) - self._kept

    _kept = 0

    def forget(self) -> None:
        """Empty PyTorch's cache."""
        if self.gpu >= 0:
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats(self.device)
            self._kept = torch.cuda.memory_reserved(self.device)


def _set_tf32(allowed: bool) -> None:
    torch.backends.cuda.matmul.allow_tf32 = allowed
    torch.backends.cudnn.allow_tf32 = allowed


def _captured(compute: Any, x: torch.Tensor) -> tuple[Any, torch.Tensor, torch.Tensor]:
    """A CUDA graph, its input and its output."""
    stream = torch.cuda.Stream(x.device)
    stream.wait_stream(torch.cuda.current_stream(x.device))
    with torch.cuda.stream(stream):
        for _ in range(3):
            compute(x)
    torch.cuda.current_stream(x.device).wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        out = compute(x)
    return graph, x, out


def make_side(
    model: str, weights: Path, size: tuple[int, int], gpu: int, crops: tuple[int, int, int]
) -> Side:
    if gpu >= 0:
        torch.cuda.set_device(gpu)
        torch.backends.cudnn.benchmark = True
    return Torch(model, weights, size, gpu, crops)
