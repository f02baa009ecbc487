"""Networks prepared for a GPU that is none."""

from chainercv_seg.inference.cuda_arrays import CUDAArrays
from chainercv_seg.prepared.network import PreparedNetwork
from tests.engines.cuda.host_gpu import HostEngine


class OnHost(PreparedNetwork):
    """A prepared network whose runner is on such a GPU, with the operations on arrays for GPUs."""

    def _arrays(self):
        return CUDAArrays(self.device, self.runner)


def prepare(link, program, precision='float32', **options):
    """Prepare a link of which the program is known."""
    return OnHost(
        HostEngine(**options).compile(program, precision=precision),
        model=type(link).__name__,
        network_name='OptimizedNetwork',
        n_class=program.nodes[-1].channels,
        views=link.views,
        batchsize=link.batchsize,
        precision=precision,
    )
