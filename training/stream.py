"""Training records from a drawing process, and the pool they are taken from.

A record is uint32 (little endian) JSON length, JSON, uint32 pixel length, pixels
(RGB, 8 bits, h * w * 3), as `kahao synth --stream` writes them without end.
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


def read_record(f):
    """One (meta, picture) from a binary file; EOFError where it ends, even within a record."""
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
    # a copy of its own: the array must be writable and outlive the buffer
    return meta, np.frombuffer(exactly(n), np.uint8).reshape(meta['h'], meta['w'], 3).copy()


def write_record(f, meta, pixels):
    """The other direction, for tests."""
    j = json.dumps(meta).encode()
    f.write(struct.pack('<I', len(j)) + j + struct.pack('<I', pixels.size) + pixels.tobytes())


class Source:
    """Keeps one drawing process running and reads ahead from it in a thread.

    command may hold {seed} and {difficulty}. When the process ends or writes nonsense
    it is started again with another seed: one bad drawing must not end a run. The queue
    is bounded, so that a renderer faster than the training waits at its pipe."""

    def __init__(self, command, seed=1, difficulty=1., ahead=256, wrap=None):
        self.command, self.seed, self.difficulty = command, seed, difficulty
        self.wrap = wrap                           # record -> what is queued
        self.queue = queue.Queue(ahead)
        self.restarts, self.error, self.closed = 0, None, False
        self.reason, self.changing = '', False     # why it ended; whether that was our wish
        self.process = None
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _start(self):
        c = self.command.replace('{seed}', str(self.seed)).replace('{difficulty}', f'{self.difficulty:.2f}')
        p = subprocess.Popen(shlex.split(c), stdout=subprocess.PIPE, bufsize=1 << 20)
        try:                                       # Linux: a pipe that holds several records; with the
            fcntl.fcntl(p.stdout, 1031, 1 << 20)   # usual 64 KB a record takes four hand-overs, each
        except OSError:                            # waiting for the interpreter's lock (F_SETPIPE_SZ)
            pass
        return p

    def _run(self):
        barren = 0                                 # starts in a row that gave nothing
        while not self.closed and barren < 5:
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
            barren = 0 if got else barren + 1
            self.restarts += 1
            self.seed += 7919
            if self.changing:
                self.changing = False
                self.restarts -= 1
                continue
            print(f'renderer ended after {got} records ({self.reason}); starting it with seed {self.seed}',
                  file=sys.stderr, flush=True)
            time.sleep(.5)
        self.error = 'the renderer gives no records: ' + self.command

    def _put(self, r):
        while not self.closed:
            try:
                return self.queue.put(r, timeout=1)
            except queue.Full:
                pass

    def set_difficulty(self, d):
        """Restarts the process with another difficulty, if the command can say it."""
        if '{difficulty}' in self.command and (abs(d - self.difficulty) > .24 or d >= 1 > self.difficulty):
            # in few steps: a new process first draws its banks
            self.difficulty, self.changing = d, True
            if self.process:
                self.process.kill()

    def get(self, wait=True):
        """The next record; None if there is none now and wait is False."""
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
    """The drawn records that training chooses from, each used several times.

    A share of every batch is freshly drawn, as far as the renderer has them ready; it never
    waits for one but to reach the smallest size. The rest are records of before, the more
    often the harder they were when last used: most lines teach nothing any more."""

    def __init__(self, source, capacity, smallest, fresh=.5, rng=random):
        self.source, self.capacity, self.fresh, self.rng = source, capacity, fresh, rng
        self.items, self.weight, self.drawn, self.owed = [], [], 0, 0.
        self.last = []                             # where the records last taken are
        while len(self.items) < smallest:
            self._add(source.get())

    def _add(self, r):
        """Where the record is kept."""
        self.drawn += 1
        if len(self.items) < self.capacity:
            self.items.append(r)
            self.weight.append(1.)
            return len(self.items) - 1
        i = self.rng.randrange(self.capacity)
        self.items[i], self.weight[i] = r, 1.
        return i

    def take(self, n):
        """n records, the fresh ones among them."""
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
        """How hard the records last taken were: their weights from here on."""
        for i, w in zip(self.last, losses):
            self.weight[i] = w
