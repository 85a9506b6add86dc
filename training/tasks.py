"""The three trainings' differences: batches, loss and validation."""
import random

import cv2
import numpy as np
import torch

import augment
import losses
import metrics
import nets
import targets

LEVELS = (('easy', .1), ('mid', .5), ('hard', 1.))


def tensor(x, device):
    """(n, h, w, c) -> channels-last (n, c, h, w), without an extra copy."""
    return torch.from_numpy(x).permute(0, 3, 1, 2).to(device)


def unbox(img, quads, neutral=128):
    """The image without the generator's letterbox."""
    used = (img != neutral).any(2)
    rows, cols = np.flatnonzero(used.any(1)), np.flatnonzero(used.any(0))
    if not len(rows):
        return img, quads
    x0, y0 = int(cols[0]), int(rows[0])
    return img[y0:int(rows[-1]) + 1, x0:int(cols[-1]) + 1].copy(), quads - np.float32([x0, y0])


def maps(list_of_dicts, device):
    return {k: torch.from_numpy(np.stack([d[k] for d in list_of_dicts])).to(device) for k in list_of_dicts[0]}


class Task:
    lr, weight_decay, capacity, smallest = 2e-3, .02, 4000, 300

    def __init__(self, device, batch=None):
        self.device = device
        self.batch = batch or self.batch

    def keep(self, meta, pixels):
        """The part of a record to queue."""
        return meta, pixels

    def forward(self, net, x):
        return net(x).float()

    def loss(self, y, t, progress, warm):
        """The loss, its parts, and the weight for reuse of each record (None: all equal)."""
        raise NotImplementedError

    def follow(self, y, taught, t):
        """The loss of answering differently from an older network where that is right."""
        raise NotImplementedError(f'{type(self).__name__} has no teacher')


class Digits(Task):
    batch, capacity, smallest = 48, 24000, 1500
    widths = (96, 192, 352)

    def keep(self, meta, pixels):
        return pixels, meta['text'], meta['x']

    def share(self, step, progress, warm):
        """The share of each width: short lines first."""
        if not warm and step < 500:
            return 1, 0, 0
        if progress < .05:
            return .4, .3, .3
        return (.2, .2, .6) if progress < .7 else (.15, .15, .7)

    def draw(self, pool, step, progress, warm):
        k = random.choices(range(3), self.share(step, progress, warm))[0]
        w = self.widths[k]
        n = int(self.batch * (2, 1.34, 1)[k])
        x = np.empty((n, 32, w, 3), np.float32)
        text, lengths, frames = [], [], np.empty((n, w // 4), np.int64)
        for i, (img, t, centre) in enumerate(pool.take(n)):
            x[i], t, centre = augment.line(img, t, centre, w)
            text += [nets.ALPHABET.index(c) for c in t]
            lengths.append(len(t))
            frames[i] = targets.frames(t, centre, w)
        d = self.device
        return tensor(x, d), (torch.tensor(text, dtype=torch.long).to(d), torch.tensor(lengths).to(d),
                              torch.from_numpy(frames).to(d))

    def loss(self, y, t, progress, warm):
        total, parts, each = losses.ctc(y.squeeze(2), *t, weight=1.5 if progress < .5 and not warm else .5)
        # One wrong digit of sixteen is about .2. A line far above that is illegible.
        return total, parts, torch.where(each < .8, each.clamp(.02, .3), torch.full_like(each, .05)).tolist()

    def follow(self, y, taught, t):
        return losses.follow(y.squeeze(2), taught.squeeze(2), *t[:2])

    def validate(self, forward, records):
        """line, char: shares of whole lines and characters read right. Of lines with covered digits: covered, read
        whole; seen, right except for the number of covered digits. false: plain lines read with a covered digit."""
        n, edits, chars = dict(line=0, covered=0, seen=0, false=0), 0, 0
        hidden = sum(nets.COVERED in t for _, t, _ in records)
        for i in range(0, len(records), 48):
            part = records[i:i + 48]
            x = np.zeros((len(part), 32, 352, 3), np.float32)
            for k, (img, _, _) in enumerate(part):
                x[k, :, :img.shape[1]] = augment.normalise_line(img.astype(np.float32))
            y = forward(tensor(x, self.device)).squeeze(2).cpu().numpy()
            for r, (_, want, _) in zip(y, part):
                got = metrics.greedy(r)
                n['line'] += got == want
                if nets.COVERED in want:
                    n['covered'] += got == want
                    n['seen'] += metrics.loose(got) == metrics.loose(want)
                else:
                    n['false'] += nets.COVERED in got
                edits += metrics.edits(got, want)
                chars += len(want)
        out = {'line': n['line'] / len(records), 'char': 1 - edits / max(1, chars)}
        if hidden:
            plain = len(records) - hidden
            out |= {'plain': (n['line'] - n['covered']) / max(1, plain), 'covered': n['covered'] / hidden,
                    'seen': n['seen'] / hidden, 'false': n['false'] / max(1, plain)}
        return out

    score = 'line'
    held_out = 240


class Months(Task):
    batch, capacity, smallest, held_out, score = 64, 24000, 1500, 400, 'right'

    def keep(self, meta, pixels):
        return pixels, meta['text'], meta['x']

    def draw(self, pool, step, progress, warm):
        x, frames = np.empty((self.batch, 32, 352, 3), np.float32), np.empty((self.batch, 88), np.int64)
        for i, (img, name, centre) in enumerate(pool.take(self.batch)):
            x[i], name, centre = augment.line(img, name, centre, 352)
            frames[i] = targets.month_frames(name, centre, 352)
        return tensor(x, self.device), torch.from_numpy(frames).to(self.device)

    def loss(self, y, t, progress, warm):
        return *losses.months(y.squeeze(2), t), None

    def validate(self, forward, records):
        """right, wrong: shares of the lines with a month in which it, or another one, is found; false: share of the
        others in which one is found."""
        n, named = dict(right=0, wrong=0, false=0), sum(bool(name) for _, name, _ in records)
        for i in range(0, len(records), 64):
            part = records[i:i + 64]
            x = np.zeros((len(part), 32, 352, 3), np.float32)
            for k, (img, _, _) in enumerate(part):
                x[k, :, :img.shape[1]] = augment.normalise_line(img.astype(np.float32))
            y = forward(tensor(x, self.device)).squeeze(2).softmax(1).cpu().numpy()
            for r, (_, want, _) in zip(y, part):
                best = r[:nets.NO_MONTH].max(1)
                if best.max() > .5:
                    got = nets.MONTHS[best.argmax()]
                    n['false' if not want else 'right' if got == want else 'wrong'] += 1
        return {'right': n['right'] / max(1, named), 'wrong': n['wrong'] / max(1, named),
                'false': n['false'] / max(1, len(records) - named)}


class Corners(Task):
    batch, capacity, smallest, held_out, score = 16, 6000, 300, 96, 'within5'

    def keep(self, meta, pixels):
        return unbox(pixels, np.float32([c['corners'] for c in meta['cards']]).reshape(-1, 4, 2))

    def draw(self, pool, step, progress, warm):
        x, t = [], []
        for img, quads in pool.take(self.batch):
            a, q = augment.scene(img, quads)
            x.append(a)
            t.append(targets.corners(q))
        return tensor(np.stack(x), self.device), maps(t, self.device)

    def loss(self, y, t, progress, warm):
        return *losses.corners(y, t), None

    def validate(self, forward, records):
        """within5 / within2: shares of images with all corners, correctly named, within 5 / 2 % of the long
        side (or correctly no card); outline5: the same whatever the names; turned: wrongly named; median%:
        median of the maximum corner error, in %."""
        state = random.getstate(), np.random.get_state()
        random.seed(7)
        np.random.seed(7)
        error, turned = [], []
        for i in range(0, len(records), 16):
            part = [self.whole(*r) for r in records[i:i + 16]]
            y = forward(tensor(np.stack([a for a, _ in part]), self.device)).cpu().numpy()
            for maps_, (_, quads) in zip(y, part):
                j = metrics.judge_corners(maps_, quads)
                error.append(0. if j is None else j[0])
                turned.append(j is not None and j[1])
        random.setstate(state[0])
        np.random.set_state(state[1])
        e, turned = np.array(error), np.array(turned)
        return {'within5': float(((e < .05) & ~turned).mean()), 'within2': float(((e < .02) & ~turned).mean()),
                'outline5': float((e < .05).mean()), 'turned': float(turned.mean()),
                'median%': float(100 * np.median(e[e > 0])) if (e > 0).any() else 0.}

    def whole(self, img, quads):
        """The image letterboxed as the pipeline does it."""
        h, w = img.shape[:2]
        k = 224 / max(h, w)
        a = cv2.resize(img, (round(w * k), round(h * k)), interpolation=cv2.INTER_AREA).astype(np.float32)
        out = np.zeros((256, 256, 3), np.float32)
        x0, y0 = (256 - a.shape[1]) // 2, (256 - a.shape[0]) // 2
        out[y0:y0 + a.shape[0], x0:x0 + a.shape[1]] = augment.normalise(a)
        return out, quads * k + np.float32([x0, y0])


class Lines(Task):
    batch, capacity, smallest, held_out, score = 16, 4000, 300, 64, 'number'

    def __init__(self, *a, **k):
        super().__init__(*a, **k)
        self.waiting = {}                          # orientation -> records not yet in a batch

    def keep(self, meta, pixels):
        return pixels, meta['lines']

    def draw(self, pool, step, progress, warm):
        """A batch of one orientation; records of the other wait for the next."""
        while True:
            for img, items in pool.take(self.batch):
                self.waiting.setdefault(img.shape, []).append((img, items))
            shape = max(self.waiting, key=lambda k: len(self.waiting[k]))
            part = self.waiting[shape]
            if len(part) >= self.batch:
                break
        self.waiting[shape] = part[self.batch:]
        x, t = [], []
        for img, items in part[:self.batch]:
            a, items = augment.card(img, items)
            x.append(a)
            t.append(targets.lines(items, *a.shape[:2]))
        return tensor(np.stack(x), self.device), maps(t, self.device)

    def loss(self, y, t, progress, warm):
        return *losses.lines(y, t), None

    def validate(self, forward, records):
        """number / date: shares of the lines found with a correct box; covered: of the numbers with covered digits;
        invented: false lines per card."""
        n, covered = {'number': np.zeros(3), 'date': np.zeros(3)}, np.zeros(3)
        for shape in sorted({r[0].shape for r in records}):
            same = [r for r in records if r[0].shape == shape]
            for i in range(0, len(same), 16):
                part = same[i:i + 16]
                x = np.stack([augment.normalise(a.astype(np.float32)) for a, _ in part])
                y = forward(tensor(x, self.device)).cpu().numpy()
                for maps_, (_, items) in zip(y, part):
                    for k, v in metrics.judge_lines(maps_, items).items():
                        n[k] += v
                    covered += metrics.judge_lines(maps_, [i for i in items if nets.COVERED in i['text']])['number']
        out = {'covered': float(covered[0] / covered[1])} if covered[1] else {}
        for k, (found, of, invented) in n.items():
            out[k] = float(found / max(1, of))
            out[k[0] + '_invented'] = float(invented / len(records))
        return out


TASKS = dict(digits=Digits, months=Months, lines=Lines, corners=Corners)
