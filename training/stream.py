"""Training records from a generator process, and the pool that batches come from.

A record is uint32 (little endian) JSON length, JSON, uint32 pixel length, pixels
(RGB, 8 bits, h * w * 3), as `kahao synth --stream` writes them.
"""
import fcntl
import json
import queue
import random
import shlex
import struct
import subprocess
import sys
import threading
import time

import numpy as np

F_SETPIPE_SZ = 1031                                # fcntl has the name from Python 3.10 on, on Linux only


def read_record(f):
    """One (meta, image) from a binary file; EOFError if it ends, even within a record."""
    def exactly(n):
        b = f.read(n)
        if b is None or len(b) < n:
            raise EOFError
        return b
    n, = struct.unpack('<I', exactly(4))
    if n > 1 << 20:
        raise ValueError(f'a record header of {n} bytes: not a training stream')
    meta = json.loads(exactly(n))
    n, = struct.unpack('<I', exactly(4))
    if n != meta['h'] * meta['w'] * 3:
        raise ValueError(f"{n} bytes of pixels for {meta['w']}x{meta['h']}")
    # a copy: the array must be writable and outlive the buffer
    return meta, np.frombuffer(exactly(n), np.uint8).reshape(meta['h'], meta['w'], 3).copy()


def write_record(f, meta, pixels):
    """Writes a record, for tests."""
    j = json.dumps(meta).encode()
    f.write(struct.pack('<I', len(j)) + j + struct.pack('<I', pixels.size) + pixels.tobytes())


class Source:
    """Keeps one generator process running and reads ahead from it in a thread.

    command may contain {seed} and {difficulty}. If the process ends or writes an invalid
    record, it is restarted with another seed: one bad image must not end a run. The queue
    is bounded, so a generator faster than the training blocks on its pipe."""

    def __init__(self, command, seed=1, difficulty=1., ahead=256, wrap=None):
        self.command, self.seed, self.difficulty = command, seed, difficulty
        self.wrap = wrap                           # record -> queued item
        self.queue = queue.Queue(ahead)
        self.restarts, self.error, self.closed = 0, None, False
        self.reason, self.changing = '', False     # why it ended; whether we ended it
        self.process = None
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _start(self):
        c = self.command.replace('{seed}', str(self.seed)).replace('{difficulty}', f'{self.difficulty:.2f}')
        p = subprocess.Popen(shlex.split(c), stdout=subprocess.PIPE, bufsize=1 << 20)
        try:
            # With the default 64 KB a record takes four reads, each waiting for the interpreter's lock.
            fcntl.fcntl(p.stdout, F_SETPIPE_SZ, 1 << 20)
        except OSError:                            # not Linux
            pass
        return p

    def _run(self):
        failed = 0                                 # starts in a row without a record
        while not self.closed and failed < 5:
            got = 0
            p = None
            try:
                p = self.process = self._start()
                while not self.closed:
                    r = read_record(p.stdout)
                    got += 1
                    self._put(self.wrap(*r) if self.wrap else r)
            except (EOFError, ValueError, OSError, KeyError) as e:
                self.reason = repr(e)
            finally:
                if p:
                    p.kill()
                    p.wait()
                    p.stdout.close()
            if self.closed:
                return
            failed = 0 if got else failed + 1
            self.restarts += 1
            self.seed += 7919
            if self.changing:
                self.changing = False
                self.restarts -= 1
                continue
            print(f'generator ended after {got} records ({self.reason}); restarting it with seed {self.seed}',
                  file=sys.stderr, flush=True)
            time.sleep(.5)
        self.error = 'the generator writes no records: ' + self.command

    def _put(self, r):
        while not self.closed:
            try:
                return self.queue.put(r, timeout=1)
            except queue.Full:
                pass

    def set_difficulty(self, d):
        """Restarts the process with another difficulty, if the command takes one."""
        if '{difficulty}' in self.command and (abs(d - self.difficulty) > .24 or d >= 1 > self.difficulty):
            # few steps only: a new process first draws its banks
            self.difficulty, self.changing = d, True
            if self.process:
                self.process.kill()

    def get(self, wait=True):
        """The next record; None if wait is False and none is ready."""
        while True:
            try:
                return self.queue.get(timeout=1) if wait else self.queue.get_nowait()
            except queue.Empty:
                if self.error and not self.thread.is_alive():
                    raise RuntimeError(self.error)
                if not wait:
                    return None

    def close(self):
        self.closed = True
        if self.process:
            self.process.kill()


class Pool:
    """The records that training chooses from, each used several times.

    A share of every batch is new, as far as the generator has records ready; take never waits
    for one. The rest are older records. Those that were harder when last used are chosen more
    often, because most lines are easy by then."""

    def __init__(self, source, capacity, smallest, fresh=.5, rng=random):
        self.source, self.capacity, self.fresh, self.rng = source, capacity, fresh, rng
        self.items, self.weight, self.drawn, self.owed = [], [], 0, 0.
        self.last = []                             # positions of the records last taken
        while len(self.items) < smallest:
            self._add(source.get())

    def _add(self, r):
        """Stores a record; returns its position."""
        self.drawn += 1
        if len(self.items) < self.capacity:
            self.items.append(r)
            self.weight.append(1.)
            return len(self.items) - 1
        i = self.rng.randrange(self.capacity)
        self.items[i], self.weight[i] = r, 1.
        return i

    def take(self, n):
        """n records, including the new ones."""
        self.owed = min(self.owed + n * self.fresh, 4 * n)
        self.last = []
        while self.owed >= 1 and len(self.last) < n:
            r = self.source.get(wait=False)
            if r is None:
                break
            self.last.append(self._add(r))
            self.owed -= 1
        while len(self.last) < n:
            some = [self.rng.randrange(len(self.items)) for _ in range(8)]
            self.last += self.rng.choices(some, [self.weight[i] for i in some])
        return [self.items[i] for i in self.last]

    def learnt(self, losses):
        """Sets the weights of the records last taken: how hard they were."""
        for i, w in zip(self.last, losses):
            self.weight[i] = w
