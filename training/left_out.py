#!/usr/bin/env python3
"""Error rates of the capture checks on families that the last layers never saw.

    left_out.py runs/captures/all.pt --records unseen --held-out held

A run of captures.py --without for every family would need days of this project's CPUs. Here all but the last layers of
texture and surround are kept as they are; those two layers and the capture network are trained from random weights,
once on all families and once without each. The kept layers have seen the family, so the rates are lower bounds.
"""
import argparse
import copy
import time

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

import nets
from capture_data import KINDS, SIDE, Records, features, standard
from captures import Model, eer

CHECK = {'screen': 0, 'grey copy': 1, 'color copy': 1, 'screenshot': 2}


def front(net):
    """A network without its last layer."""
    part = copy.copy(net)
    part.ops = net.ops[:-1]
    return part.eval()


def kept(model, rec):
    """What the last layers get of each record."""
    near, far, patches, whole = front(model.texture), front(model.surround), [], []
    with torch.no_grad():
        for a in range(0, len(rec), 16):
            i = np.arange(a, min(a + 16, len(rec)))
            p = np.stack([rec.patches[k] for k in i])
            t = near(features(p.reshape(-1, SIDE, SIDE, 3)))
            patches.append(t.view(len(i), p.shape[1], *t.shape[1:]).half())
            whole.append(far(standard(np.stack([rec.whole[k] for k in i]), rec.frame[i])).half())
    return torch.cat(patches), torch.cat(whole)


class Last(nn.Module):
    """The last layers of texture and surround, and the capture network."""

    def __init__(self, near, far):
        super().__init__()
        self.near = nn.Sequential(nn.Conv2d(near, nets.TEXTURE, 1), nn.BatchNorm2d(nets.TEXTURE), nn.ReLU())
        self.far = nn.Sequential(nn.Conv2d(far, nets.SURROUND, 4), nn.BatchNorm2d(nets.SURROUND), nn.ReLU())
        self.capture = nets.capture()

    def forward(self, patches, whole):
        n, p = patches.shape[:2]
        t = self.near(patches.flatten(0, 1).float()).view(n, p, nets.TEXTURE, -1)
        s = self.far(whole.float())[:, :, 0, 0]
        if self.training:
            s = s * (torch.rand(n, 1) > .2)
        return self.capture(torch.cat([t.mean((1, 3)), t.amax((1, 3)), s], 1)[:, :, None, None])[:, :, 0, 0]


def trained(x, rec, use, epochs, seed):
    """The last layers, trained on some of the records."""
    torch.manual_seed(seed)
    patches, whole = x
    net = Last(patches.shape[2], whole.shape[1]).train()
    opt = torch.optim.AdamW(net.parameters(), weight_decay=.05)
    steps = epochs * -(-len(use) // 48)
    rate = torch.optim.lr_scheduler.OneCycleLR(opt, 4e-3, total_steps=steps)
    for _ in range(epochs):
        for i in torch.from_numpy(use)[torch.randperm(len(use))].split(48):
            some = torch.randperm(patches.shape[1])[:6]    # of the patches
            y, weight = rec.target(i.numpy())
            loss = (F.binary_cross_entropy_with_logits(net(patches[i][:, some], whole[i]), y, reduction='none') * weight).mean()
            opt.zero_grad()
            loss.backward()
            opt.step()
            rate.step()
    return net.eval()


def scores(net, x):
    with torch.no_grad():
        return torch.cat([net(a, b) for a, b in zip(x[0].split(32), x[1].split(32))]).numpy()


def main():
    a = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    a.add_argument('model', help='all.pt of a run of captures.py')
    a.add_argument('--records', nargs='+', required=True, help='files or directories that the run never saw')
    a.add_argument('--held-out', nargs='+', required=True, help='others')
    a.add_argument('--epochs', type=int, default=30)
    a.add_argument('--seed', type=int, default=1)
    a = a.parse_args()
    torch.set_num_threads(1)
    model = Model()
    model.load_state_dict(torch.load(a.model))
    rec, held = Records(a.records, grid=True), Records(a.held_out, grid=True)
    x, z = kept(model, rec), kept(model, held)
    family, theirs = np.array(rec.family), np.array(held.family)
    plain = (held.kind == 0) & (held.flags.sum(1) == 0)
    whole = scores(trained(x, rec, np.arange(len(rec)), a.epochs, a.seed), z)
    print(f'{len(rec)} records, {len(held)} held out, {plain.sum()} of them genuine; families left out of {a.model}')
    print('family | kind | trained on | held out | EER with it | EER without it')
    for name in sorted(set(family[rec.kind > 0])):
        without = scores(trained(x, rec, np.flatnonzero((family != name) | (rec.kind == 0)), a.epochs, a.seed), z)
        for kind, check in CHECK.items():
            of = (theirs == name) & (held.kind == KINDS.index(kind))
            if of.any():
                n = int(((family == name) & (rec.kind == KINDS.index(kind))).sum())
                both = [eer(s[plain, check], s[of, check]) for s in (whole, without)]
                print(f'{name} | {kind} | {n} | {of.sum()} | {both[0]:.3f} | {both[1]:.3f}', flush=True)
    print(f'{time.process_time() / 60:.1f} CPU-minutes')


if __name__ == '__main__':
    main()
