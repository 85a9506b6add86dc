#!/usr/bin/env python3
"""Converts exported weight files to a checkpoint, so that training can continue from them.

    import_weights.py digits NEW.pt --synth 'kahao synth --stream lines --seed {seed}'

Export folds batch norm into the convolutions. Here every norm gets the mean and the
deviation of its channels on some synthetic images, and the scale and bias that undo
them: the network computes the same as the exported one and can be trained. It has the
file's structure; if nets.py has a larger one by now, run grow.py next.
"""
import argparse

import numpy as np
import torch

import export
import nets
from stream import Pool, Source
from tasks import TASKS

BATCHES = 12


def build(head):
    """The network that a file describes. Its last operation is the head, without norm and with dropout."""
    g = nets.Graph(head['name'], (head['input']['h'], head['input']['w']), head['input']['c'])
    last = len(head['ops']) - 1
    for i, op in enumerate(head['ops']):
        if op['op'] == 'up2add':
            g.up2add(op['in'], op['add'])
        else:
            g.conv(op['in'], op['cout'], op['kernel'], op['stride'], pad=op['pad'], dilation=op['dilation'], relu=op['relu'],
                   add=op['add'], norm=i < last, dropout=.1 if i == last and head['name'] in ('digits', 'covered') else 0.)
    return g


def restore(g, head, half):
    """Loads the weights of an exported file, with identity norms."""
    flat = torch.from_numpy(half.astype(np.float32))
    assert len(head['ops']) == len(g.ops), 'nets.py has a different network from the file'
    with torch.no_grad():
        for op, own in zip(head['ops'], g.ops):
            if op['op'] != 'conv':
                continue
            conv, norm = g.convs[own['layer']], g.norms[own['layer']]
            shape = (op['cout'], op['cin'], *op['kernel'])
            assert shape == tuple(conv.weight.shape), f'{shape} in the file, {tuple(conv.weight.shape)} in nets.py'
            conv.weight.copy_(flat[op['w']:op['w'] + conv.weight.numel()].view(shape))
            bias = flat[op['b']:op['b'] + op['cout']]
            if isinstance(norm, torch.nn.BatchNorm2d):
                norm.reset_running_stats()
                norm.weight.fill_((1 + norm.eps) ** .5)
                norm.bias.copy_(bias)
            else:
                conv.bias.copy_(bias)


def load(net, directory):
    """The network of exported files, for use."""
    head, half = export.read(net, directory)
    g = build(head)
    restore(g, head, half)
    return g.eval()


def calibrate_norms(g, batches):
    """Gives identity norms the statistics of the batches, without changing the outputs."""
    sums, hooks = {}, []
    for i, (conv, norm) in enumerate(zip(g.convs, g.norms)):
        if isinstance(norm, torch.nn.BatchNorm2d):
            def record(module, inputs, y, i=i):
                y = y.double()
                n, s, q = sums.get(i, (0, 0., 0.))
                sums[i] = n + y.numel() // y.shape[1], s + y.sum((0, 2, 3)), q + (y * y).sum((0, 2, 3))
            hooks.append(conv.register_forward_hook(record))
    g.eval()
    with torch.no_grad():
        for x in batches:
            g(x)
        for i, (n, s, q) in sums.items():
            norm, mean = g.norms[i], s / n
            var = (q / n - mean * mean).clamp(min=0)
            norm.running_mean.copy_(mean)
            norm.running_var.copy_(var)
            norm.weight.copy_((var + norm.eps).sqrt())
            norm.bias.add_(mean)
    for h in hooks:
        h.remove()


def main():
    a = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    a.add_argument('net', choices=nets.NETS)
    a.add_argument('new', help='checkpoint to write')
    a.add_argument('--synth', required=True, help='command that writes training records')
    a.add_argument('--weights', default=export.OUT, help='directory of the weight files')
    a.add_argument('--name', help="name of the weight files, if it is not the network's: covered is a digits network")
    a = a.parse_args()
    head, half = export.read(a.name or a.net, a.weights)
    g = build(head)
    restore(g, head, half)
    task = TASKS[a.net]('cpu')
    source = Source(a.synth, 4711, wrap=task.keep)
    pool = Pool(source, task.capacity, task.batch * BATCHES)
    calibrate_norms(g, (task.draw(pool, 1000, 1., True)[0] for _ in range(BATCHES)))
    source.close()
    torch.save(dict(ema=g.state_dict(), name=a.net), a.new)


if __name__ == '__main__':
    main()
