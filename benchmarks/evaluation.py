"""What an evaluation costs outside of the network, and what ranks gain: python benchmarks/evaluation.py.

1. CPU seconds for one image of Cityscapes' size, step by step (medians).
2. Bytes that a rank hands to MPI in an evaluation of 10 and of 1,000 images.
3. Two ranks of one thread each beside one, on the same images.
4. Images a second of the whole command beside those of ``predict`` alone; with ``--throughput`` only this.
   ``--gpu``, ``--model`` and ``--precision`` choose the network.

2 and 3 start this script under mpiexec, which comes with the extra "mpi".
"""

import argparse
import os
import pickle
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import throughput
from PIL import Image

from chainercv_seg.engines.cpu.largest import largest
from chainercv_seg.evaluations import ConfusionMatrix, evaluate
from chainercv_seg.evaluations.journal import Journal
from chainercv_seg.links import SegNetBasic
from chainercv_seg.utils import read_image, read_label

N_CLASS = 19
SHAPE = (1024, 2048)
RUNS = 9


def main():
    if 'RANKS_DO' in os.environ:
        {'bytes': count_bytes, 'images': time_images}[os.environ['RANKS_DO']]()
        return
    parser = argparse.ArgumentParser(description='What an evaluation costs outside of the network.')
    throughput.add_options(parser)
    options = parser.parse_args()
    throughput.report(options)
    if options.throughput:
        return
    with tempfile.TemporaryDirectory() as folder:
        time_steps(Path(folder))
    if mpiexec() is None:
        print('no mpiexec: the rest is left out')
        return
    ranks(2, 'bytes')
    # Interleaved, and the best of each: the machine may be busy.
    runs = [(ranks(1, 'images'), ranks(2, 'images')) for _ in range(3)]
    one, two = (np.min([run[i] for run in runs], axis=0) for i in range(2))
    print(
        f'efficiency of 2 ranks: {one[0] / two[0] / 2:.2f} by the clock, {one[1] / two[1]:.2f} by CPU'
    )


def time_steps(folder):
    """Print the CPU seconds of each step for one image."""
    rng = np.random.RandomState(0)
    blocks = rng.randint(0, N_CLASS, (SHAPE[0] // 32, SHAPE[1] // 32))
    truth = np.kron(blocks, np.ones((32, 32), int)).astype(np.uint8)
    img = np.clip(rng.normal(10 * truth[..., None], 4, (*SHAPE, 3)), 0, 255).astype(np.uint8)
    Image.fromarray(img).save(folder / 'img.png')
    Image.fromarray(truth).save(folder / 'label.png')
    scores = rng.rand(N_CLASS, *SHAPE).astype(np.float32)
    scores += np.arange(N_CLASS)[:, None, None] == np.roll(truth, 3, axis=1)
    pred, gt = largest(scores), read_label(folder / 'label.png')

    def count():
        matrix = ConfusionMatrix(N_CLASS)
        matrix.update(pred, gt)
        return matrix

    counts = count()
    with Journal(folder / 'J', {}, n_class=N_CLASS) as journal:
        steps = {
            'decode the image': lambda: read_image(folder / 'img.png'),
            'decode the label map': lambda: read_label(folder / 'label.png'),
            'argmax': lambda: largest(scores),
            'count': count,
            'journal': lambda: journal.append(0, counts),
        }
        seconds = {
            name: statistics.median(cpu(step) for _ in range(RUNS)) for name, step in steps.items()
        }
    for name, value in seconds.items():
        print(f'{name:22} {1e3 * value:7.2f} ms')
    print(f'{"all of them":22} {1e3 * sum(seconds.values()):7.2f} ms')


def cpu(step):
    start = time.process_time()
    step()
    return time.process_time() - start


class Grey:
    """A data set of images that cost nothing."""

    def __init__(self, n, shape=(4, 4)):
        self.n, self.shape = n, shape

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        return np.full((3, *self.shape), i % 256, np.float32), np.zeros(self.shape, np.int32)


class Constant:
    """A network that costs nothing."""

    def predict(self, imgs):
        """Everything is of the first class."""
        return [np.zeros(img.shape[1:], np.int32) for img in imgs]


class Counted:
    """A communicator that counts what is handed to it."""

    def __init__(self, comm):
        self.rank, self.size, self.bytes, self._comm = comm.rank, comm.size, 0, comm
        self.mpi_comm = comm if hasattr(comm, 'Abort') else Counted(comm.mpi_comm)

    def __getattr__(self, name):
        function = getattr(self._comm, name)
        if name not in ('allreduce_obj', 'send', 'isend'):
            return function

        def counted(value, *arguments, **keywords):
            self.bytes += len(pickle.dumps(value))
            return function(value, *arguments, **keywords)

        return counted


def communicator():
    import chainermn

    return chainermn.create_communicator('naive')


def count_bytes():
    """Print the bytes of the rank that hands over most."""
    for n in (10, 1000):
        comm = Counted(communicator())
        evaluate(Constant(), Grey(n), label_names=['class'] * N_CLASS, comm=comm)
        most = max(communicator().mpi_comm.allgather(comm.bytes + comm.mpi_comm.bytes))
        if comm.rank == 0:
            print(f'{n} images, {N_CLASS} classes: a rank sends {most} bytes', flush=True)


def time_images():
    """Print wall and CPU seconds of all ranks for some images."""
    comm = communicator()
    link = SegNetBasic(n_class=N_CLASS)
    data = Grey(12, shape=(120, 160))
    link.predict([data[0][0]])  # to warm up
    comm.mpi_comm.barrier()
    wall, seconds = time.perf_counter(), time.process_time()
    evaluate(link, data, label_names=['class'] * N_CLASS, comm=comm)
    wall, seconds = time.perf_counter() - wall, time.process_time() - seconds
    seconds = sum(comm.mpi_comm.allgather(seconds))
    if comm.rank == 0:
        print(wall, seconds, flush=True)


def mpiexec():
    beside_python = Path(sys.executable).with_name('mpiexec')
    return str(beside_python) if beside_python.exists() else shutil.which('mpiexec')


def ranks(n, what):
    """Run a part of this script in ranks of one thread; its last line as numbers where it is so."""
    output = subprocess.run(
        [mpiexec(), '-n', str(n), sys.executable, __file__],
        env={**os.environ, 'RANKS_DO': what, 'OMP_NUM_THREADS': '1'},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=True,
    ).stdout
    if what == 'bytes':
        print(output, end='')
        return None
    wall, seconds = map(float, output.split())
    print(f'{n} rank(s) of one thread: {wall:.2f} s, {seconds:.2f} s of CPU')
    return wall, seconds


if __name__ == '__main__':
    main()
