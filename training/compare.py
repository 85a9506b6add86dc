#!/usr/bin/env python3
"""Compares two digits networks on the same new lines, by kind.

    compare.py OLD NEW --n 2000 --synth 'kahao synth --stream lines --seed {seed} --difficulty {difficulty}'

OLD and NEW are checkpoints of train.py or directories of weight files. A line is right if one
crop, decoded greedily, gives all of it; `seen` counts a run of covered digits as one.
"""
import argparse
import math
import os

import numpy as np
import torch

import augment
import metrics
import nets
import import_weights
from stream import Source
from tasks import LEVELS, tensor


def load(path):
    """A network from a checkpoint or a directory of weight files."""
    if os.path.isdir(path):
        return import_weights.load('digits', path)
    state = nets.load_weights(path)
    g = nets.fitting('digits', state)
    g.load_state_dict(state)
    return g.eval()


def read(g, images):
    """The network's texts of some lines."""
    x = np.zeros((len(images), 32, 352, 3), np.float32)
    for k, img in enumerate(images):
        x[k, :, :img.shape[1]] = augment.normalise_line(img.astype(np.float32))
    with torch.no_grad():
        y = g(tensor(x, 'cpu')).float().squeeze(2).numpy()
    return [metrics.greedy(r) for r in y]


def kinds(style, text):
    """The table rows that count a line."""
    what, covered = style.split('/')[0], nets.COVERED in text
    yield 'covered' if covered else 'plain'
    if covered and what.startswith('hidden-'):
        yield what
    elif not covered:
        yield what if what in ('date', 'strip', 'short', 'neg') else 'number ' + what.split('-')[0]


def sign_test(a, b):
    """Two-sided p value of a against b, if both are equally likely."""
    n, k = a + b, min(a, b)
    return min(1., 2 * sum(math.comb(n, i) for i in range(k + 1)) / 2 ** n) if n else 1.


class Row:
    """Counts of one kind of line."""

    def __init__(self):
        self.n = self.old = self.new = self.lost = self.won = self.false = self.seen = 0

    def add(self, want, old, new):
        self.n += 1
        a, b = old == want, new == want
        self.old, self.new, self.lost, self.won = self.old + a, self.new + b, self.lost + (a and not b), self.won + (b and not a)
        self.false += nets.COVERED in new and nets.COVERED not in want
        self.seen += metrics.loose(new) == metrics.loose(want)

    def __str__(self):
        return (f'{self.n:6d} {self.old / self.n:6.3f} {self.new / self.n:6.3f} {self.lost:6d} {self.won:6d} '
                f'{sign_test(self.lost, self.won):7.3f} {self.seen / self.n:6.3f} {self.false:6d}')


def main():
    a = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    a.add_argument('old')
    a.add_argument('new')
    a.add_argument('--synth', required=True, help='command that writes lines')
    a.add_argument('--n', type=int, default=2000, help='lines of each level')
    a.add_argument('--seed', type=int, default=880001)
    a = a.parse_args()
    torch.set_num_threads(1)
    old, new, table = load(a.old), load(a.new), {}
    for i, (level, d) in enumerate(LEVELS):
        s = Source(a.synth, a.seed + i, d)
        for at in range(0, a.n, 48):
            part = [s.get() for _ in range(min(48, a.n - at))]
            images = [p for _, p in part]
            for (m, _), x, y in zip(part, read(old, images), read(new, images)):
                for k in kinds(m['style'], m['text']):
                    rows = [k, f'{k}, {level}'] if k in ('plain', 'covered') else [k]
                    for r in rows:
                        table.setdefault(r, Row()).add(m['text'], x, y)
        s.close()
    print(f"{'':22s} {'lines':>6s} {'old':>6s} {'new':>6s} {'lost':>6s} {'won':>6s} {'p':>7s} {'seen':>6s} {'false':>6s}")
    for k in sorted(table):
        print(f'{k:22s} {table[k]}')


if __name__ == '__main__':
    main()
