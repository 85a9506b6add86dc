#!/usr/bin/env python3
"""Trains the three networks of the capture checks together, on drawn images.

    kahao synth --stream captures -n 3000 --seed 101 > a.bin
    captures.py --records a.bin --held-out b.bin --minutes 15 --out runs/captures

The records come from files, because drawing one costs more than learning from it; files that are added to a
directory while the training runs are read too. Of each record, patches at random places and the whole image, reduced,
are kept. Every use of one changes its light, sharpness and compression, for all kinds equally. The result is one
checkpoint for each network, which export.py takes: the running mean (EMA) of the weights. --without leaves families
out of the training: their error rates show what the networks make of a process that they never saw.
"""
import argparse
import copy
import math
import os
import sys
import time

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

import nets
from capture_data import KINDS, SIDE, Records, batch, features, standard

AVERAGE = .995


class Model(nn.Module):
    """The three networks, with a linear head on each of the first two for training alone."""

    def __init__(self):
        super().__init__()
        self.texture, self.surround, self.capture = nets.texture(), nets.surround(), nets.capture()
        self.near, self.far = nn.Linear(2 * nets.TEXTURE, len(nets.CHECKS)), nn.Linear(nets.SURROUND, len(nets.CHECKS))

    def forward(self, patches, whole):
        """(n, p, 4, SIDE, SIDE) and (n, 3, WHOLE, WHOLE) -> logits: of both together, of each alone."""
        n, p = patches.shape[:2]
        t = self.texture(patches.flatten(0, 1)).float()
        t = t.view(n, p, t.shape[1], -1)
        t = torch.cat([t.mean((1, 3)), t.amax((1, 3))], 1)
        s = self.surround(whole).float()[:, :, 0, 0]
        near, far = self.near(t), self.far(s)
        if self.training:                          # neither may rely on the other
            keep = torch.rand(n, 1)
            t, s = t * (keep > .1), s * ((keep < .1) | (keep > .4))
            t, s = F.dropout(t, .1), F.dropout(s, .2)
        joint = self.capture(torch.cat([t, s], 1)[:, :, None, None]).float()[:, :, 0, 0]
        return joint, near, far


def scores(model, rec):
    """Logits of all records: of both together, of each alone."""
    model.eval()
    out = []
    with torch.no_grad():
        for a in range(0, len(rec), 16):
            i = np.arange(a, min(a + 16, len(rec)))
            p = np.stack([rec.patches[k][:12] for k in i])
            x = features(p.reshape(-1, SIDE, SIDE, 3)).view(len(i), p.shape[1], 4, SIDE, SIDE)
            out.append(torch.stack(model(x, standard(np.stack([rec.whole[k] for k in i]), rec.frame[i])), 1))
    model.train()
    return torch.cat(out).numpy()


def eer(genuine, attack):
    """Equal error rate of scores."""
    t = np.sort(np.concatenate([genuine, attack]))
    miss = np.searchsorted(np.sort(attack), t) / len(attack)
    alarm = 1 - np.searchsorted(np.sort(genuine), t) / len(genuine)
    k = np.argmin(np.abs(miss - alarm))
    return (miss[k] + alarm[k]) / 2


def report(model, rec):
    """Equal error rates by kind and, for the flags, against the genuine images without them."""
    s, text = scores(model, rec), []
    plain = (rec.kind == 0) & (rec.flags.sum(1) == 0)
    for part, name in enumerate(('joint', 'texture', 'surround')):
        rates = []
        for kind, check in ((1, 0), (2, 1), (3, 1), (4, 2)):
            if (rec.kind == kind).any() and plain.any():
                rates.append(f'{KINDS[kind]} {eer(s[plain, part, check], s[rec.kind == kind, part, check]):.3f}')
        for flag, check in ((0, 3), (1, 4)):
            on = rec.flags[:, flag] > 0
            if on.any() and plain.any():
                rates.append(f'{nets.CHECKS[check]} {eer(s[plain, part, check], s[on, part, check]):.3f}')
        text.append(f"{name}: {', '.join(rates)}")
    return '; '.join(text)


def save(ema, out):
    """A checkpoint for each network."""
    os.makedirs(out, exist_ok=True)
    for name in ('texture', 'surround', 'capture'):
        part = {k[len(name) + 1:]: v for k, v in ema.items() if k.startswith(name + '.')}
        path = os.path.join(out, name + '.pt')
        torch.save({'ema': part}, path + '.tmp')
        os.replace(path + '.tmp', path)
    torch.save(ema, os.path.join(out, 'all.pt'))


def average_with(model, ema, other):
    """Replaces the weights by the means with those of another run, if it has written some."""
    for own, name in ((model.state_dict(), 'now.pt'), (ema, 'all.pt')):
        try:
            theirs = torch.load(os.path.join(other, name))
        except (FileNotFoundError, EOFError, RuntimeError):
            return
        with torch.no_grad():
            for k, v in own.items():
                if v.dtype.is_floating_point:
                    v.lerp_(theirs[k], .5)


def weights(rec, each):
    """How likely each record is drawn, from the weight of its path."""
    w = np.array(each or [1.])[np.array(rec.source) if each else np.zeros(len(rec), int)]
    return w / w.sum()


def train(a, log):
    torch.manual_seed(a.seed)
    r = np.random.RandomState(a.seed)
    rec, held = Records(a.records, a.without), Records(a.held_out, grid=True) if a.held_out else None
    log(f'{len(rec)} records, {[int((rec.kind == k).sum()) for k in range(len(KINDS))]}; held out {len(held) if held else 0}')
    model = Model()
    if a.warm:
        model.load_state_dict(torch.load(a.warm))
    ema = {k: v.clone() for k, v in model.state_dict().items()}
    twin = copy.deepcopy(model)
    opt = torch.optim.AdamW(model.parameters(), lr=a.lr, weight_decay=a.decay, betas=(.9, .98))
    model.train()
    start, cpu, step, shown, losses = time.time(), time.process_time(), 0, time.time(), []
    used, judged, drawn = 0., time.time(), 0
    while used < a.minutes * 60:
        progress = used / (a.minutes * 60)
        for g in opt.param_groups:
            g['lr'] = a.lr * min(1, (step + 1) / 60) * .5 * (1 + math.cos(math.pi * max(0, progress - .1) / .9))
        if len(rec) != drawn:
            drawn, p = len(rec), weights(rec, a.weights)
        i = r.choice(len(rec), a.batch, replace=False, p=p)
        x, w = batch(rec, i, r)
        y, weight = rec.target(i)
        with torch.autocast('cpu', dtype=torch.bfloat16, enabled=a.half):
            out = model(x, w)
        loss = sum(k * (F.binary_cross_entropy_with_logits(o.float(), y, reduction='none') * weight).mean()
                   for k, o in zip((1, .5, .25), out))
        opt.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 5.)
        opt.step()
        with torch.no_grad():
            d = min(AVERAGE, (1 + step) / (10 + step))
            for k, v in model.state_dict().items():
                if v.dtype.is_floating_point:
                    ema[k].mul_(d).add_(v, alpha=1 - d)
                else:
                    ema[k].copy_(v)
        step += 1
        losses.append(float(loss))
        used = time.process_time() - cpu if a.cpu else time.time() - start
        if step % 40 == 0:
            rec.more()
        if time.time() - shown > 60:
            shown = time.time()
            log(f'{(shown - start) / 60:5.1f} min cpu {(time.process_time() - cpu) / 60:5.1f} step {step} records {len(rec)} loss {np.mean(losses):.4f}')
            losses = []
            if a.average_with:
                torch.save(model.state_dict(), os.path.join(a.out, 'now.pt'))
                average_with(model, ema, a.average_with)
            save(ema, a.out)
        if held and time.time() - judged > 600:
            judged = time.time()
            twin.load_state_dict(ema)
            log('  held out: ' + report(twin, held))
    save(ema, a.out)
    twin.load_state_dict(ema)
    log(f'end: step {step}, {step * a.batch} images, cpu {(time.process_time() - cpu) / 60:.1f} min')
    if held:
        log('  held out: ' + report(twin, held))
    for family in a.without:
        rest = Records(a.records, grid=True, only=(family,))
        both = copy.copy(held)
        log(f'  {family}: {len(rest)} records, ' + report(twin, joined(held, rest)) if len(rest) and both else f'  {family}: none')


def joint_features(model, rec):
    """What the capture network gets of each record, as scores computes it."""
    model.eval()
    out = []
    with torch.no_grad():
        for a in range(0, len(rec), 16):
            i = np.arange(a, min(a + 16, len(rec)))
            p = np.stack([rec.patches[k][:12] for k in i])
            x = features(p.reshape(-1, SIDE, SIDE, 3))
            t = model.texture(x).float().view(len(i), p.shape[1], nets.TEXTURE, -1)
            s = model.surround(standard(np.stack([rec.whole[k] for k in i]), rec.frame[i])).float()[:, :, 0, 0]
            out.append(torch.cat([t.mean((1, 3)), t.amax((1, 3)), s], 1))
    return torch.cat(out)


def fitted(capture, x, y, weight):
    """The capture network, trained alone on features of records."""
    capture = copy.deepcopy(capture)
    opt = torch.optim.AdamW(capture.parameters(), lr=1e-3, weight_decay=.3)
    capture.train()
    for _ in range(60):
        for i in torch.randperm(len(x)).split(64):
            noisy = x[i] * (1 + .05 * torch.randn(len(i), x.shape[1]))
            noisy[:, 2 * nets.TEXTURE:] *= torch.rand(len(i), 1) > .2
            out = capture(noisy[:, :, None, None]).float()[:, :, 0, 0]
            loss = (F.binary_cross_entropy_with_logits(out, y[i], reduction='none') * weight[i]).mean()
            opt.zero_grad()
            loss.backward()
            opt.step()
    return capture


FOLDS, ALARMS = 5, 1 / 200                         # of the genuine images, at a threshold


def thresholds(capture, x, y, weight, rec):
    """What ALARMS of the genuine images reach, scored by networks that were fitted on the other folds."""
    s, fold = torch.zeros(len(x), len(nets.CHECKS)), torch.arange(len(x)) % FOLDS
    for k in range(FOLDS):
        on, off = fold == k, fold != k
        other = fitted(capture, x[off], y[off], weight[off])
        with torch.no_grad():
            s[on] = other(x[on][:, :, None, None]).float()[:, :, 0, 0]
    plain = torch.from_numpy((rec.kind == 0) & (rec.flags.sum(1) == 0))
    return np.quantile(s[plain].numpy(), 1 - ALARMS, axis=0)


def refit(a, log):
    """Trains the capture network alone, on images that the other two never saw: on those that they were trained on
    they are surer than they may be, and the capture network learns to trust them too much."""
    torch.manual_seed(a.seed)
    model = Model()
    model.load_state_dict(torch.load(a.refit))
    rec, held = Records(a.records, a.without, grid=True), Records(a.held_out, grid=True) if a.held_out else None
    if held:
        log('before: ' + report(model, held))
    x, (y, weight) = joint_features(model, rec), rec.target(np.arange(len(rec)))
    weight = (weight > 0).float()
    reached = zip(nets.CHECKS, thresholds(model.capture, x, y, weight, rec))
    log(f'one genuine image in {1 / ALARMS:.0f} reaches: ' + ', '.join(f'{name} {v:.2f}' for name, v in reached))
    model.capture = fitted(model.capture, x, y, weight)
    save(model.state_dict(), a.out)
    if held:
        log('after: ' + report(model, held))


def joined(held, rest):
    """The genuine images of one and all of the other."""
    keep = [k for k in range(len(held)) if held.kind[k] == 0]
    both = copy.copy(held)
    both.patches = [held.patches[k] for k in keep] + rest.patches
    both.whole = [held.whole[k] for k in keep] + rest.whole
    both.frame = np.concatenate([held.frame[keep], rest.frame])
    both.kind = np.concatenate([held.kind[keep], rest.kind])
    both.flags = np.concatenate([held.flags[keep], rest.flags])
    both.family = [held.family[k] for k in keep] + rest.family
    return both


def main():
    a = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    a.add_argument('--records', nargs='+', required=True, help='files of kahao synth --stream captures, or directories of them')
    a.add_argument('--weights', nargs='*', type=float, default=[], help='how often each path of --records is used; all 1 if there are none')
    a.add_argument('--held-out', nargs='*', default=[], help='files of other seeds')
    a.add_argument('--without', nargs='*', default=[], help='families that are not trained on')
    a.add_argument('--minutes', type=float, default=15)
    a.add_argument('--cpu', action='store_true', help='the minutes are of CPU time, not of wall time')
    a.add_argument('--out', required=True)
    a.add_argument('--warm', help='all.pt of an earlier run')
    a.add_argument('--refit', help='all.pt of a run: train its capture network alone, on records that the run never saw')
    a.add_argument('--batch', type=int, default=48)
    a.add_argument('--lr', type=float, default=3e-3)
    a.add_argument('--decay', type=float, default=.05)
    a.add_argument('--seed', type=int, default=1)
    a.add_argument('--average-with', help='directory of a concurrent run: both continue from the mean of their weights every minute')
    a.add_argument('--half', action='store_true', help='train in bfloat16')
    a.add_argument('--threads', type=int, default=1)
    a = a.parse_args()
    torch.set_num_threads(a.threads)
    os.makedirs(a.out, exist_ok=True)
    with open(os.path.join(a.out, 'log.txt'), 'w') as f:
        def log(text):
            print(text, file=sys.stderr, flush=True)
            f.write(text + '\n')
            f.flush()
        log(f"{time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime())} UTC, torch {torch.__version__}: {' '.join(sys.argv)}")
        (refit if a.refit else train)(a, log)


if __name__ == '__main__':
    main()
