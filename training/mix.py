#!/usr/bin/env python3
"""Writes the weighted mean of an exported digits network and one that was trained on from it.

    mix.py OLD NEW --version TEXT [--share .5] [--out DIR]

OLD and NEW are directories of weight files. Both networks compute nearly the same, so the
mean of their weights does too: it keeps what the old one reads and gets much of what the
new one has learnt. If NEW has residuals or the covered digit and OLD has not, these are
added to OLD first: the residuals pass on what comes in.
"""
import argparse
import hashlib
import json
import os

import numpy as np

import export
import nets


def conv(op, flat):
    """Weights, one row per output, and bias of a convolution."""
    n = op['cout'] * op['cin'] * op['kernel'][0] * op['kernel'][1]
    return flat[op['w']:op['w'] + n].reshape(op['cout'], -1), flat[op['b']:op['b'] + op['cout']]


def mix(old, new, share):
    """Weights for the operations of new: share of them its own, the rest those of old."""
    (head_old, half_old), (head, half) = old, new
    flat_old, flat = half_old.astype(np.float32), half.astype(np.float32)
    ops_old, ops = head_old['ops'], head['ops']
    last, added = len(ops) - 1, len(ops) - len(ops_old)
    covered = nets.ALPHABET.index(nets.COVERED)
    out = []
    for i, op in enumerate(ops):
        w, b = conv(op, flat)
        if i == last:
            w_old, b_old = conv(ops_old[-1], flat_old)
            if len(b_old) < len(b):
                w_old, b_old = np.insert(w_old, covered, w[covered], 0), np.insert(b_old, covered, b[covered])
        elif i < last - added:
            w_old, b_old = conv(ops_old[i], flat_old)
        else:                                      # the second convolution of an added residual adds nothing
            k = (last - i) % 2 == 0
            w_old, b_old = k * w, k * b
        out += [(share * w + (1 - share) * w_old).ravel(), share * b + (1 - share) * b_old]
    return np.concatenate(out).astype('<f2')


def main():
    a = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    a.add_argument('old')
    a.add_argument('new')
    a.add_argument('--version', required=True)
    a.add_argument('--share', type=float, default=.5, help="of the new network's weights")
    a.add_argument('--out', default=export.OUT)
    a = a.parse_args()
    old, (head, half) = export.read('digits', a.old), export.read('digits', a.new)
    half = mix(old, (head, half), a.share)
    head.update(version=a.version, sha256=hashlib.sha256(half.tobytes()).hexdigest())
    i = head['input']
    x = export.probe(i['h'], i['w'], i['c'])
    golden = np.ascontiguousarray(export.run_file(head, half, x))
    os.makedirs(a.out, exist_ok=True)
    p = os.path.join(a.out, 'digits')
    half.tofile(p + '.f16')
    with open(p + '.json', 'w') as f:
        f.write(json.dumps(head, indent=1) + '\n')
    with open(p + '.golden', 'wb') as f:
        f.write(x.astype('<f4').tobytes() + golden.astype('<f4').tobytes())
    export.verify('digits', a.out)


if __name__ == '__main__':
    main()
