"""Ranks as threads, with what the library uses of a ChainerMN communicator."""

import pickle
import queue
import threading
from concurrent.futures import ThreadPoolExecutor

#: A rank that waits longer for another one has been left alone.
PATIENCE = 60


def run_ranks(size, function):
    """Results of function(comm), or what it raised, for each rank."""
    world = World(size)

    def run(rank):
        try:
            return function(Communicator(world, rank))
        except BaseException as error:
            return error

    with ThreadPoolExecutor(size) as executor:
        return list(executor.map(run, range(size)))


class World:
    def __init__(self, size):
        self.size = size
        self.barrier = threading.Barrier(size, timeout=PATIENCE)
        self.slots = [None] * size
        self.mail = {(a, b): queue.Queue() for a in range(size) for b in range(size)}
        self.sent = [0] * size
        self.messages = [0] * size


class Communicator:
    """Both ChainerMN's communicator and mpi4py's below it."""

    def __init__(self, world, rank):
        self.world, self.rank, self.size = world, rank, world.size
        self.mpi_comm = self

    def _exchange(self, value):
        data = pickle.dumps(value)
        self.world.sent[self.rank] += len(data)
        self.world.slots[self.rank] = data
        self.world.barrier.wait()
        values = [pickle.loads(slot) for slot in self.world.slots]
        self.world.barrier.wait()
        return values

    def Allreduce(self, array, total):
        total[...] = sum(self._exchange(array))

    def allgather(self, value):
        return self._exchange(value)

    def bcast(self, value, root):
        return self._exchange(value)[root]

    def barrier(self):
        self._exchange(None)

    def gather_obj(self, value):
        values = self._exchange(value)
        return values if self.rank == 0 else None

    def scatter(self, values):
        return self._exchange(values)[0][self.rank]

    def issend(self, value, dest, tag):
        data = pickle.dumps(value)
        self.world.sent[self.rank] += len(data)
        self.world.messages[self.rank] += 1
        request = Request()
        self.world.mail[self.rank, dest].put((data, request))
        return request

    def iprobe(self, source, tag):
        return not self.world.mail[source, self.rank].empty()

    def recv(self, source, tag):
        data, request = self.world.mail[source, self.rank].get(timeout=PATIENCE)
        request.received = True
        return pickle.loads(data)


class Request:
    """The request of a message, which is done when that is received."""

    received = False

    def test(self):
        return self.received, None
