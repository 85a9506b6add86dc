"""The drawn images that captures.py trains on: what is kept of each, and how each use changes it."""
import glob
import os

import cv2
import numpy as np
import torch
import torch.nn.functional as F

from stream import read_record

SIDE, GRID = 96, (4, 3)                            # of a patch in pixels; patches along both sides of an image
KEPT, USED = 12, 4                                 # patches of a record that are kept, and used at a time
WHOLE = 128                                        # side of the reduced image
KINDS = 'genuine', 'screen', 'grey copy', 'color copy', 'screenshot'


def places(w, h):
    """Top left corners of an image's patches, as internal/vision/checks has them."""
    nx, ny = GRID if w >= h else GRID[::-1]
    return [((w - SIDE) * i // (nx - 1), (h - SIDE) * j // (ny - 1)) for j in range(ny) for i in range(nx)]


def patch(im, x, y):
    """A patch; outside, the image's edge is repeated."""
    h, w = im.shape[:2]
    if 0 <= x and 0 <= y and x + SIDE <= w and y + SIDE <= h:
        return im[y:y + SIDE, x:x + SIDE]
    return im[np.clip(np.arange(y, y + SIDE), 0, h - 1)][:, np.clip(np.arange(x, x + SIDE), 0, w - 1)]


def reduced(im):
    """The image with a longer side of WHOLE, in the middle of a square; and where it lies in it."""
    h, w = im.shape[:2]
    k = WHOLE / max(h, w)
    sw, sh = max(1, int(w * k + .5)), max(1, int(h * k + .5))
    small = cv2.resize(im, (sw, sh), interpolation=cv2.INTER_AREA)
    x, y = (WHOLE - sw) // 2, (WHOLE - sh) // 2
    out = np.zeros((WHOLE, WHOLE, 3), np.uint8)
    out[y:y + sh, x:x + sw] = small
    return out, (x, y, sw, sh)


def log_scale(v):
    """Small differences matter as much as large ones."""
    return torch.sign(v) * torch.log2(1 + v.abs()) / 4


def features(p):
    """(n, SIDE, SIDE, 3) bytes -> (n, 4, SIDE, SIDE): fine lightness, two colours, lightness.

    Fine lightness is the difference to the mean of 3 x 3 pixels, the others to the patch's mean."""
    c = torch.as_tensor(p).to(torch.int32)
    r, g, b = c[..., 0], c[..., 1], c[..., 2]
    y = (77 * r + 150 * g + 29 * b) >> 8
    box = F.avg_pool2d(F.pad(y[:, None].float(), (1, 1, 1, 1), mode='replicate'), 3, 1)[:, 0] * 9
    fine = 9 * y - (box + .5).to(torch.int32)

    def centred(v):
        n = SIDE * SIDE
        return v - torch.div(v.sum((1, 2), keepdim=True) + n // 2, n, rounding_mode='floor')
    return torch.stack([log_scale(fine * (2 / 9)), log_scale(centred(b - y)), log_scale(centred(r - y)),
                        log_scale(centred(y))], 1)


def files(paths):
    """The files of paths, some of which are directories, and the number of the path of each."""
    for k, path in enumerate(paths):
        if os.path.isdir(path):
            yield from ((k, name) for name in sorted(glob.glob(os.path.join(path, '*.bin'))))
        else:
            yield k, path


class Records:
    """What is kept of the drawn images."""

    def __init__(self, paths, without=(), grid=False, only=()):
        self.r, self.grid = np.random.RandomState(1), grid
        self.without, self.only = without, only
        self.patches, self.whole, self.family, self.source = [], [], [], []
        self.frame, self.kind, self.flags = np.zeros((0, 4), int), np.zeros(0, int), np.zeros((0, 2), np.float32)
        self.paths, self.read = paths, {}          # bytes of each file that were read
        self.more()

    def more(self):
        """Reads what was written to the files and directories since the last time: a generator may still run."""
        new = []
        for number, path in files(self.paths):
            at = self.read.get(path, 0)
            if at == os.path.getsize(path):
                continue
            with open(path, 'rb') as f:
                f.seek(at)
                while True:
                    try:
                        meta, im = read_record(f)
                    except EOFError:
                        break
                    self.read[path] = f.tell()
                    if meta['family'] not in self.without and (not self.only or meta['family'] in self.only):
                        new.append(self._add(meta, im, self.r, self.grid))
                        self.source.append(number)
        if new:
            frame, kind, flags = zip(*new)
            self.frame, self.kind = np.concatenate([self.frame, frame]), np.concatenate([self.kind, kind])
            self.flags = np.concatenate([self.flags, np.array(flags, np.float32)])

    def _add(self, meta, im, r, grid):
        h, w = im.shape[:2]
        at = places(w, h) if grid else [(r.randint(0, max(1, w - SIDE + 1)), r.randint(0, max(1, h - SIDE + 1))) for _ in range(KEPT)]
        self.patches.append(np.stack([patch(im, x, y) for x, y in at]))
        small, frame = reduced(im)
        self.whole.append(small), self.family.append(meta['family'])
        return frame, KINDS.index(meta['kind']), (meta['watermark'], meta['edited'])

    def __len__(self):
        return len(self.kind)

    def target(self, i):
        """(labels, weights) of the checks. Only genuine images are edited."""
        k = self.kind[i]
        y = np.stack([k == 1, (k == 2) | (k == 3), k == 4, self.flags[i, 0] > 0, self.flags[i, 1] > 0], 1)
        w = np.ones(y.shape, np.float32)
        w[:, 3:] = .1
        w[k > 0, 4] = 0
        return torch.from_numpy(y.astype(np.float32)), torch.from_numpy(w)


def standard(whole, frame):
    """The reduced images for the network: standardised, zero outside."""
    x = (torch.from_numpy(whole).permute(0, 3, 1, 2).float() / 255 - .5) / .25
    inside = torch.zeros(len(x), 1, WHOLE, WHOLE)
    for i, (fx, fy, w, h) in enumerate(frame):
        inside[i, :, fy:fy + h, fx:fx + w] = 1
    return x * inside


def compressed(a, quality, x, y):
    """A patch whose grid of blocks begins left of it and above."""
    a = cv2.cvtColor(cv2.copyMakeBorder(a, y, 0, x, 0, cv2.BORDER_REPLICATE), cv2.COLOR_RGB2BGR)
    a = cv2.imdecode(cv2.imencode('.jpg', a, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_COLOR)
    return cv2.cvtColor(a, cv2.COLOR_BGR2RGB)[y:, x:]


def changed(p, r):
    """The patches of a record as another file would have them. There is no noise: its absence tells a screenshot."""
    if r.rand() < .25:                             # of another size
        k = r.randint(64, SIDE)
        x, y = r.randint(SIDE - k + 1, size=2)
        how = (cv2.INTER_LINEAR, cv2.INTER_CUBIC)[r.randint(2)]
        p = [cv2.resize(a[y:y + k, x:x + k], (SIDE, SIDE), interpolation=how) for a in p]
    if r.rand() < .15:
        sigma = r.uniform(.3, .7)
        p = [cv2.GaussianBlur(a, (0, 0), sigma) for a in p]
    if r.rand() < .6:                              # of other light
        gamma, gain = r.uniform(.8, 1.25), r.uniform(.8, 1.15) * r.uniform(.93, 1.07, 3)
        table = np.clip((np.arange(256)[:, None] / 255.) ** gamma * gain * 255, 0, 255).astype(np.uint8)
        p = [np.stack([table[a[..., c], c] for c in range(3)], -1) for a in p]
    if r.rand() < .35:                             # compressed once more
        quality, (x, y) = int(r.randint(45, 95)), r.randint(8, size=2)
        p = [compressed(a, quality, x, y) for a in p]
    if r.rand() < .5:
        p = [a[:, ::-1] for a in p]
    if r.rand() < .5:
        p = [a[::-1] for a in p]
    if r.rand() < .3:
        p = [a.transpose(1, 0, 2) for a in p]
    return p


def changed_whole(im, frame, r):
    """The reduced image with its edges cut off, a part of it covered, and mirrored."""
    fx, fy, w, h = frame
    part = im[fy:fy + h, fx:fx + w]
    if r.rand() < .4:                              # the top has the status bar
        x0, x1 = int(r.uniform(0, .05) * w), w - int(r.uniform(0, .05) * w)
        y0, y1 = int(r.uniform(0, .015) * h), h - int(r.uniform(0, .04) * h)
        part = cv2.resize(part[y0:y1, x0:x1], (w, h), interpolation=cv2.INTER_LINEAR)
    if r.rand() < .3:
        part = part.copy()
        a, b = int(r.uniform(.1, .35) * w), int(r.uniform(.1, .35) * h)
        x, y = r.randint(w - a + 1), r.randint(h - b + 1)
        part[y:y + b, x:x + a] = r.randint(0, 256, 3)
    if r.rand() < .5:
        part = part[:, ::-1]
    out = np.zeros_like(im)
    out[fy:fy + h, fx:fx + w] = part
    return out


def batch(rec, i, r):
    """Random patches and the reduced images of some records, changed; images of other light."""
    p = np.stack([a for k in i for a in changed(rec.patches[k][r.choice(len(rec.patches[k]), USED, replace=False)], r)])
    x = features(p).view(len(i), USED, 4, SIDE, SIDE)
    w = standard(np.stack([changed_whole(rec.whole[k], rec.frame[k], r) for k in i]), rec.frame[i])
    gain = torch.from_numpy(r.uniform(.8, 1.2, (len(i), 3, 1, 1)).astype(np.float32))
    shift = torch.from_numpy(r.uniform(-.3, .3, (len(i), 1, 1, 1)).astype(np.float32))
    return x, torch.where(w != 0, w * gain.mean(1, keepdim=True) * (1 + .3 * (gain - 1)) + shift, w)
