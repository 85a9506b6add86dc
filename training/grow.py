#!/usr/bin/env python3
"""Converts a checkpoint for a network that is wider or deeper in nets.py by now.

    grow.py digits OLD.pt NEW.pt [--added 4]

The larger network computes the same as the old one, except for rounding: weights from new
channels into old ones are 0, and new channels start at random.
--added: residuals that the old network lacks, each by the number of the first of its two
convolutions; the second starts at 0, so the residual passes its input on. A digits network
without the covered digit gets its output, which starts below the mean of all others:

    grow.py digits OLD.pt NEW.pt --added 19      (digits 5 and before: 12 outputs, three dilations)
"""
import argparse

import torch

import nets


BELOW = 8.                                         # how far a new output starts below the mean of the others


def moved(o, n):
    """Indexes of an old head's outputs in the new one: the blank stays last."""
    return list(range(o)) if n == o else [*range(o - 1), n - 1]


def grow(g, old, added=()):
    """The state of network g, from the state of a smaller one."""
    own = g.state_dict()
    was = 0                                        # number of the old convolution
    for i, (conv, norm) in enumerate(zip(g.convs, g.norms)):
        normed = isinstance(norm, torch.nn.BatchNorm2d)
        if i in added:
            continue
        if i - 1 in added:
            own[f'norms.{i}.weight'].zero_()
            continue
        w, v = own[f'convs.{i}.weight'], old[f'convs.{was}.weight']
        assert w.shape[2:] == v.shape[2:], f'convolution {i}: {tuple(w.shape)} from {tuple(v.shape)}'
        o, c = v.shape[:2]
        if not normed:
            b, u = own[f'convs.{i}.bias'], old[f'convs.{was}.bias']
            w[:, c:], w[:, :c], b[:] = 0, v.mean(0), u.mean() - BELOW
            at = moved(o, len(w))
            w[at, :c], b[at] = v, u
        else:
            w[:o] = 0
            w[:o, :c] = v
            for k in ('weight', 'bias', 'running_mean', 'running_var'):
                own[f'norms.{i}.{k}'][:o] = old[f'norms.{was}.{k}']
        was += 1
    assert f'convs.{was}.weight' not in old, 'the old network has more convolutions'
    return own


def main():
    a = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    a.add_argument('net', choices=nets.NETS)
    a.add_argument('old')
    a.add_argument('new')
    a.add_argument('--added', default='', help='residuals that the old network lacks, by the number of their first convolution')
    a = a.parse_args()
    torch.manual_seed(1)
    g = nets.NETS[a.net]()
    added = {int(n) for n in a.added.split(',') if n}
    torch.save(dict(ema=grow(g, nets.load_weights(a.old), added), name=a.net), a.new)
    print(f'{a.net}: {g.count()} parameters, {g.macs():.0f} MMAC')


if __name__ == '__main__':
    main()
