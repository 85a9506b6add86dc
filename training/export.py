#!/usr/bin/env python3
"""Writes a trained network for internal/vision/nn: NAME.json, NAME.f16 and NAME.golden.

    export.py digits CHECKPOINT|untrained [--version TEXT] [--out DIR]

Batch norm is folded into the convolutions and the weights are rounded to half
precision. The golden file holds one input and the rounded weights' output for it in
single precision. The files are read back and run by `run_file`, which is independent
of nets.py.
"""
import argparse
import hashlib
import json
import os
import sys

import numpy as np
import torch
import torch.nn.functional as F

import nets

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'internal', 'vision', 'model', 'weights')


def fold(conv, norm):
    """Weights and bias of a convolution with its batch norm folded in."""
    w = conv.weight.detach().double()
    b = conv.bias.detach().double() if conv.bias is not None else torch.zeros(len(w)).double()
    if isinstance(norm, torch.nn.BatchNorm2d):
        k = norm.weight.detach().double() / (norm.running_var.double() + norm.eps).sqrt()
        w, b = w * k[:, None, None, None], (b - norm.running_mean.double()) * k + norm.bias.detach().double()
    return w, b


def describe(g, version):
    """The file's header and its weights."""
    ops, blob, at = [], [], 0
    for op in g.ops:
        if op['op'] == 'up2add':
            ops.append({'op': 'up2add', 'in': op['src'], 'add': op['add']})
            continue
        w, b = fold(g.convs[op['layer']], g.norms[op['layer']])
        ops.append({'op': 'conv', 'in': op['src'], 'cin': op['cin'], 'cout': op['cout'],
                    'kernel': list(op['kernel']), 'stride': list(op['stride']), 'pad': list(op['pad']),
                    'dilation': list(op['dilation']), 'relu': op['relu'], 'add': op['add'],
                    'w': at, 'b': at + w.numel()})
        at += w.numel() + b.numel()
        blob += [w.flatten().numpy(), b.numpy()]
    half = np.concatenate(blob)
    assert np.abs(half).max() < 65504, 'a weight does not fit half precision'
    half = half.astype('<f2')
    h, w = g.size
    head = {'name': g.name, 'version': version, 'input': {'c': g.channels[0], 'h': h, 'w': w}, 'ops': ops,
            'output': len(g.ops), 'outputs': g.channels[-1], 'params': int(half.size),
            'sha256': hashlib.sha256(half.tobytes()).hexdigest()}
    return head, half


def run_file(head, half, x):
    """Runs the exported operations on x (h, w, c); returns (oh, ow, outputs)."""
    assert hashlib.sha256(half.tobytes()).hexdigest() == head['sha256']
    flat = torch.from_numpy(half.astype(np.float32))
    buf = [torch.from_numpy(np.ascontiguousarray(x.transpose(2, 0, 1)))[None]]
    for op in head['ops']:
        y = buf[op['in']]
        if op['op'] == 'up2add':
            y = y.repeat_interleave(2, 2).repeat_interleave(2, 3) + buf[op['add']]
        else:
            shape = (op['cout'], op['cin'], *op['kernel'])
            n = int(np.prod(shape))
            y = F.conv2d(y, flat[op['w']:op['w'] + n].view(shape), flat[op['b']:op['b'] + op['cout']],
                         op['stride'], op['pad'], op['dilation'])
            if op['add'] >= 0:
                y = y + buf[op['add']]
            if op['relu']:
                y = y.clamp(min=0)
        buf.append(y)
    return buf[head['output']][0].numpy().transpose(1, 2, 0)


def probe(h, w, c):
    """A fixed input: smooth shapes and hard edges, in steps of 1/8, which compress well."""
    r = np.random.RandomState(20240)
    if h * w == 1:
        return np.round(r.uniform(0, 2.5, (h, w, c)).astype(np.float32) * 8) / 8
    y, x = np.mgrid[:h, :w].astype(np.float32)
    out = np.zeros((h, w, c), np.float32)
    for k in range(c):
        for _ in range(3):
            fx, fy, ph = r.uniform(-.06, .06), r.uniform(-.06, .06), r.uniform(0, 6.28)
            out[:, :, k] += .5 * np.sin(fx * x + fy * y + ph)
    for _ in range(24):
        x0, y0 = r.randint(0, w - 8), r.randint(0, h - 8)
        out[y0:y0 + r.randint(2, h // 2), x0:x0 + r.randint(2, 40)] += r.uniform(-1.5, 1.5, c).astype(np.float32)
    return np.round(out.clip(-2.5, 2.5) * 8) / 8


def write(g, version, out, trained=True):
    """Exports g in eval mode; returns (header, maximum difference from g)."""
    g.eval()
    head, half = describe(g, version)
    h, w = g.size
    x = probe(h, w, g.channels[0])
    with torch.no_grad():
        want = g(torch.from_numpy(x.transpose(2, 0, 1).copy())[None])[0].numpy().transpose(1, 2, 0)
        golden = np.ascontiguousarray(run_file(head, half, x))
    diff = float(np.abs(golden - want).max())
    scale = float(np.abs(want).max())
    assert diff <= .01 * scale + .01, f'rounding changes an output by {diff:.4f} of {scale:.1f}'
    os.makedirs(out, exist_ok=True)
    files = {'.f16': half.tobytes(), '.json': (json.dumps(head, indent=1) + '\n').encode(),
             '.golden': x.astype('<f4').tobytes() + golden.astype('<f4').tobytes()}
    for ext, data in files.items():                # write all before replacing any
        with open(os.path.join(out, g.name + ext + '.tmp'), 'wb') as f:
            f.write(data)
    for ext in files:
        p = os.path.join(out, g.name + ext)
        os.replace(p + '.tmp', p)
    verify(g.name, out)
    return head, diff


def read(name, out):
    """(header, weights) of the files in a directory."""
    p = os.path.join(out, name)
    with open(p + '.json') as f:
        return json.load(f), np.fromfile(p + '.f16', '<f2')


def verify(name, out):
    """Reads the files back and runs them against their golden output."""
    head, half = read(name, out)
    gold = np.fromfile(os.path.join(out, name + '.golden'), '<f4')
    i = head['input']
    n = i['h'] * i['w'] * i['c']
    y = run_file(head, half, gold[:n].reshape(i['h'], i['w'], i['c']))
    assert np.abs(y.ravel() - gold[n:]).max() < 1e-4, name
    return head


def main():
    a = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    a.add_argument('net', choices=nets.NETS)
    a.add_argument('checkpoint', help="checkpoint of train.py, or 'untrained'")
    a.add_argument('--version', default='')
    a.add_argument('--name', help="name of the files, if it is not the network's: a digits network is also embedded as covered")
    a.add_argument('--out', default=OUT)
    a = a.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(1)
    g = nets.NETS[a.net]()
    if a.checkpoint != 'untrained':
        state = nets.load_weights(a.checkpoint)
        g = nets.fitting(a.net, state)
        g.load_state_dict(state)
    g.name = a.name or g.name
    head, diff = write(g, a.version or os.path.basename(a.checkpoint), a.out)
    print(f"{a.net} '{head['version']}': {head['params']} parameters, {g.macs():.0f} MMAC, "
          f"{2 * head['params'] / 1e6:.2f} MB, rounding changes outputs by {diff:.4f} at most", file=sys.stderr)


if __name__ == '__main__':
    main()
