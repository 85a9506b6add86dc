#!/usr/bin/env python3
"""Trains one of the three networks on synthetic images from a pipe.

    train.py corners --minutes 40 --out runs/corners --synth 'kahao synth --stream scenes --seed {seed}'

{seed} and {difficulty} in the command are replaced. The learning rate is annealed to
zero by the end of the minutes (wall time). The result is the running mean (EMA) of the
weights. See README.md.
"""
import argparse
import copy
import math
import os
import pickle
import random
import sys
import time

import numpy as np
import torch

import import_weights
import nets
from stream import Pool, Source
from tasks import LEVELS, TASKS

AVERAGE = .998


def arguments():
    a = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    a.add_argument('net', choices=TASKS)
    a.add_argument('--minutes', type=float, required=True, help='wall time; the schedule spans it')
    a.add_argument('--out', required=True, help='directory of the checkpoint (last.pt) and log.txt')
    a.add_argument('--synth', required=True, help='command that writes training records')
    a.add_argument('--held-out', help='command for the validation images; default: that of --synth')
    a.add_argument('--resume', action='store_true', help='continue the run in --out for its remaining minutes')
    a.add_argument('--average-with', help='directory of a concurrent run of the same network: both continue from the mean of their weights every minute')
    a.add_argument('--warm', help='start from the weights of this checkpoint')
    a.add_argument('--teacher', help='directory of weight files: on half of the batches, answer as this network does where it is right')
    a.add_argument('--lr', type=float, help='peak learning rate')
    a.add_argument('--batch', type=int)
    a.add_argument('--fresh', type=float, default=.5, help='share of new records in a batch, if the generator keeps up')
    a.add_argument('--seed', type=int, default=1)
    a.add_argument('--threads', type=int, default=1)
    a.add_argument('--device', default='cuda' if torch.cuda.is_available() else 'cpu')
    return a.parse_args()


class Log:
    def __init__(self, path, resume):
        self.file = open(path, 'a' if resume else 'w')

    def __call__(self, text):
        print(text, file=sys.stderr, flush=True)
        self.file.write(text + '\n')
        self.file.flush()


def held_out(a, task):
    """Fixed images of another seed: easy, mid and hard. A resumed run keeps its images."""
    kept = os.path.join(a.out, 'held-out.pickle')
    if a.resume and os.path.exists(kept):
        with open(kept, 'rb') as f:
            return pickle.load(f)
    out, command = {}, a.held_out or a.synth
    for i, (name, d) in enumerate(LEVELS):
        s = Source(command, 900001 + i, d, wrap=task.keep)
        out[name] = [s.get() for _ in range(task.held_out)]
        s.close()
        if '{difficulty}' not in command:
            out = {'all': out[name]}
            break
    with open(kept, 'wb') as f:
        pickle.dump(out, f)
    return out


def rate(progress, step, peak):
    """Warm-up over 150 steps, constant for 15 % of the time, then a cosine to zero."""
    return peak * min(1, (step + 1) / 150) * .5 * (1 + math.cos(math.pi * max(0, progress - .15) / .85))


def ramp(progress, warm):
    """The maximum difficulty of the images: easy ones first."""
    if warm or progress >= .15:
        return 1.
    return .4 if progress < .05 else .7


def average(ema, net, step):
    d = min(AVERAGE, (1 + step) / (10 + step))
    with torch.no_grad():
        for k, v in net.state_dict().items():
            if v.dtype.is_floating_point:
                ema[k].mul_(d).add_(v, alpha=1 - d)
            else:
                ema[k].copy_(v)


def average_with(net, ema, path):
    """Replaces our weights by the mean with those of the other run: two cores train one network, on twice the images."""
    try:
        other = torch.load(path, map_location='cpu')
    except (FileNotFoundError, EOFError, RuntimeError):   # it has no checkpoint yet
        return
    with torch.no_grad():
        for own, theirs in ((net.state_dict(), other['net']), (ema, other['ema'])):
            for k, v in own.items():
                if v.dtype.is_floating_point:
                    v.lerp_(theirs[k].to(v.device), .5)


def save(path, **what):
    """Whole or not at all: a checkpoint that was cut off would end the next run."""
    torch.save(what, path + '.tmp')
    os.replace(path + '.tmp', path)


def show(result):
    return '; '.join(f'{level} ' + ' '.join(f'{k} {v:.3f}' for k, v in r.items()) for level, r in result.items())


def main():
    a = arguments()
    torch.set_num_threads(a.threads)
    sys.setswitchinterval(.001)                    # the reading thread must not wait long for the lock
    random.seed(a.seed), np.random.seed(a.seed), torch.manual_seed(a.seed)
    os.makedirs(a.out, exist_ok=True)
    log = Log(os.path.join(a.out, 'log.txt'), a.resume)
    last = os.path.join(a.out, 'last.pt')
    log(f"{time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime())} UTC, torch {torch.__version__}, {a.device}: {' '.join(sys.argv)}")

    task = TASKS[a.net](a.device, a.batch)
    net = nets.NETS[a.net]()
    log(f'{net.count()} parameters, {net.macs():.0f} MMAC')
    warm = bool(a.warm)
    if a.warm:
        net.load_state_dict(nets.load_weights(a.warm))
    net = net.to(a.device, memory_format=torch.channels_last)
    teacher = import_weights.load(a.net, a.teacher).to(a.device, memory_format=torch.channels_last) if a.teacher else None
    decay = [p for p in net.parameters() if p.dim() > 1]
    rest = [p for p in net.parameters() if p.dim() <= 1]
    opt = torch.optim.AdamW([dict(params=decay, weight_decay=task.weight_decay), dict(params=rest, weight_decay=0.)],
                            lr=1e-3, betas=(.9, .98))
    ema = {k: v.clone() for k, v in net.state_dict().items()}
    step = seen = 0
    before = 0.                                    # seconds of earlier runs
    if a.resume:
        c = torch.load(last, map_location=a.device)
        net.load_state_dict(c['net']), opt.load_state_dict(c['opt'])
        ema, step, seen, before, warm = c['ema'], c['step'], c['seen'], c['seconds'], c['warm']
        log(f'resumed at step {step}, {before / 60:.1f} min')

    t0 = time.time()
    val = held_out(a, task)
    log(f"held out: {', '.join(f'{len(v)} {k}' for k, v in val.items())}, drawn in {time.time() - t0:.0f} s")
    twin = copy.deepcopy(net)                      # evaluates the EMA

    def evaluate():
        twin.load_state_dict(ema)
        twin.eval()
        with torch.no_grad():                      # in full precision, as in use
            return {k: task.validate(lambda x: task.forward(twin, x), v) for k, v in val.items()}

    if warm:
        log('before: ' + show(evaluate()))
    budget = a.minutes * 60
    source = Source(a.synth, 100 + a.seed + step, ramp(before / budget, warm), wrap=task.keep)
    pool = Pool(source, task.capacity, task.smallest, a.fresh)
    t0, cpu0 = time.time(), time.process_time()
    losses, saved, logged, averaged = [], t0, t0, t0
    prepare = 0.

    def checkpoint():
        save(last, net=net.state_dict(), ema=ema, opt=opt.state_dict(), step=step, seen=seen,
             seconds=before + time.time() - t0, warm=warm, name=a.net)

    while True:
        now = time.time()
        progress = (before + now - t0) / budget
        if progress >= 1:
            break
        source.set_difficulty(ramp(progress, warm))
        for g in opt.param_groups:
            g['lr'] = rate(progress, step, a.lr or task.lr)
        x, target = task.draw(pool, step, progress, warm)
        prepare += time.time() - now
        with torch.autocast(a.device, dtype=torch.bfloat16):   # twice as fast, on a CPU too
            y = net(x)
        loss, parts, weights = task.loss(y.float(), target, progress, warm)
        if teacher is not None and step % 2 == 0:
            with torch.no_grad(), torch.autocast(a.device, dtype=torch.bfloat16):
                taught = teacher(x)
            loss = loss + task.follow(y.float(), taught.float(), target)
        if weights:
            pool.learnt(weights)
        opt.zero_grad(set_to_none=True)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(net.parameters(), 5.)
        if torch.isfinite(norm):                   # skip a batch with infinite gradients
            opt.step()
            average(ema, net, step)
        step, seen = step + 1, seen + len(x)
        losses.append(parts)
        if time.time() - logged > 20:
            logged = time.time()
            mean = ' '.join(f'{k} {np.mean([p[k] for p in losses]):.4f}' for k in parts)
            losses = []
            log(f"{(before + logged - t0) / 60:5.1f} min cpu {(time.process_time() - cpu0) / 60:5.1f} step {step} seen {seen} "
                f"drawn {pool.drawn} {mean} lr {opt.param_groups[0]['lr']:.5f} preparing {prepare / (logged - t0):.0%}"
                + (f' generator restarts {source.restarts}' if source.restarts else ''))
        if a.average_with and time.time() - averaged > 60:
            checkpoint()
            average_with(net, ema, os.path.join(a.average_with, 'last.pt'))
            averaged = time.time()
        if time.time() - saved > 180:
            checkpoint()
            log('  validation ' + show(evaluate()))
            saved = time.time()
    checkpoint()
    source.close()
    log(f'end: step {step} seen {seen} drawn {pool.drawn} cpu {(time.process_time() - cpu0) / 60:.1f} min')
    log('  final ' + show(evaluate()))


if __name__ == '__main__':
    main()
