"""Cheap augmentation, so that a synthetic image can be used several times.

Anything that costs more than a fraction of a millisecond belongs in the generator."""
import math
import random

import cv2
import numpy as np

cv2.setNumThreads(1)
R = random.random
U = random.uniform

_noise = None


def noise(h, w):
    """A crop of a fixed field of Gaussian noise, half of it correlated."""
    global _noise
    if _noise is None:
        r = np.random.RandomState(5)
        a = r.randn(640, 1024, 3).astype(np.float32)
        b = cv2.GaussianBlur(r.randn(640, 1024, 3).astype(np.float32), (0, 0), .8)
        _noise = np.stack([a, b / b.std(), np.repeat(a[:, :, :1], 3, 2)])
    y, x = random.randrange(640 - h + 1), random.randrange(1024 - w + 1)
    return random.choice(_noise)[y:y + h, x:x + w]


PLAIN = np.repeat(np.arange(256, dtype=np.float32)[:, None], 3, 1)


def colour(a, polarity=0., shift=0., scale=1.):
    """Channel order, grey, grey-level inversion, gain, offset, gamma, cast; then (v - shift) / scale.

    a: 8-bit RGB. One lookup table does it all: in floating point on whole images this took a third
    of a training step."""
    if R() < .25:
        a = a[:, :, random.choice(((2, 1, 0), (1, 0, 2), (0, 2, 1), (1, 2, 0), (2, 0, 1)))]
    if R() < .15:
        a = cv2.cvtColor(cv2.cvtColor(np.ascontiguousarray(a), cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    t = PLAIN
    if R() < polarity:
        t = 255 - t
    elif R() < .06:                                # one channel: unusual colours
        t = t.copy()
        k = random.randrange(3)
        t[:, k] = 255 - t[:, k]
    if R() < .35:
        same, o = U(.55, 1.3), U(-30, 30)
        k = np.float32([same * U(.9, 1.1) for _ in range(3)])
        t = np.clip(t * k + np.float32([o + U(-12, 12) for _ in range(3)]), 0, 255)
    if R() < .25:
        t = 255 * (t / 255) ** U(.6, 1.6)
    return cv2.LUT(np.ascontiguousarray(a), ((t - shift) / scale).astype(np.float32)[None])


def roughen(a, scale=1.):
    """Noise and blur; scale: grey levels in one unit of a."""
    if R() < .10:
        a = cv2.GaussianBlur(a, (0, 0), U(.3, .9))
    if R() < .25:
        a = a + noise(*a.shape[:2]) * np.float32(U(1, 12) / scale)
    return a


def short(img, text, x, width):
    """A run of characters that fits the width, cropped midway between neighbours.

    Short lines at the start make CTC converge quickly."""
    if len(x) < 2 or img.shape[1] <= width:
        return img[:, :width], text, x
    n = len(x)
    i = random.randrange(n)
    cut = [0.] + [(a + b) / 2 for a, b in zip(x, x[1:])] + [float(img.shape[1])]
    j = i
    while j < n and cut[j + 1] - cut[i] <= width:
        j += 1
    a, b = int(math.ceil(cut[i])), int(cut[j])
    if j == i or b - a < 8:
        return img[:, :8], '', []                  # one character wider than the width
    if i == 0:
        a = max(0, b - width)
    if j == n:
        b = min(img.shape[1], a + width)
    return img[:, a:b], text[i:j], [v - a for v in x[i:j]]


def line(img, text, x, width):
    """A line crop for the digits network: (normalised (32, width, 3), text, centres)."""
    img, text, x = short(img, text, x, width)
    a, x, used = img, np.asarray(x, np.float32), img.shape[1]
    if R() < .5:                                   # stretch, shear and shift vertically
        least = len(text) * 8.5 + 6                # at least two columns a character
        to = int(min(width, max(least, used * U(.85, 1.18))))
        k = to / used
        sy, dy = U(.92, 1.08), U(-1.6, 1.6)
        shear = U(-.03, .03) if R() < .3 else 0.
        m = np.float32([[k, shear, -16 * shear], [0, sy, dy + 16 * (1 - sy)]])
        a = cv2.warpAffine(a, m, (to, 32), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        x, used = x * k, to
    a = roughen(colour(a, .5))
    if R() < .08:                                  # erase a bar
        h, y = random.randint(2, 7), random.randint(-3, 31)
        if text and 6 < y < 22:
            h = min(h, 3)
        a[max(0, y):max(0, y + h)] = np.float32([U(0, 255) for _ in range(3)])
    at = random.randint(0, width - used) if R() < .3 else 0
    out = np.zeros((32, width, 3), np.float32)
    out[:, at:at + used] = normalise_line(a)
    return out, text, x + at


def normalise_line(a):
    return (a - a.mean()) / (a.std() + 4)


def normalise(a):
    """For corners and lines; padding becomes 0."""
    return (a - 127.5) / 63.75


def scene(img, quads, size=256, inner=224):
    """A photograph for the corners network: rotated, scaled, shifted, cropped to a random shape, letterboxed.

    The image's long side is `inner`, centred; the rest is 0. Images are never mirrored,
    because the four corners are named in reading order."""
    h, w = img.shape[:2]
    q = np.asarray(quads, np.float32).reshape(-1, 2)
    turn = random.randrange(4)
    aspect = random.choice((1, .75, .75, .6667, .5625, U(.5, 1)))
    fw, fh = (inner, int(inner * aspect)) if R() < .5 else (int(inner * aspect), inner)
    # the frame shows all of the image's long side, or a part of it
    zoom = inner / max(h, w) * (U(1., 1.25) if R() < .5 else 1.)
    a = math.radians(90 * turn + (U(-12, 12) if R() < .4 else 0.))
    c, s = zoom * math.cos(a), zoom * math.sin(a)
    # the frame moves towards the cards and stays within the image if possible
    mx, my = w / 2, h / 2
    if len(q) and R() < .8:
        k = U(.2, 1.)
        mx, my = mx + k * (q[:, 0].mean() - mx), my + k * (q[:, 1].mean() - my)
    hx, hy = (fw, fh) if turn % 2 == 0 else (fh, fw)
    hx, hy = min(w, hx / zoom) / 2, min(h, hy / zoom) / 2
    mx, my = min(max(mx, hx), w - hx), min(max(my, hy), h - hy)
    m = np.float32([[c, -s, 0], [s, c, 0]])
    m[:, 2] = size / 2 - m[:, :2] @ np.float32([mx, my])
    # replicated, not reflected: a mirrored card would be a wrong example
    a = cv2.warpAffine(img, m, (size, size), flags=cv2.INTER_LINEAR,
                       borderMode=cv2.BORDER_REPLICATE)
    if len(q):
        q = q @ m[:, :2].T + m[:, 2]
    out = np.zeros((size, size, 3), np.float32)
    x0, y0 = (size - fw) // 2, (size - fh) // 2
    out[y0:y0 + fh, x0:x0 + fw] = roughen(colour(a[y0:y0 + fh, x0:x0 + fw], .04, 127.5, 63.75), 63.75)
    return out, q.reshape(-1, 4, 2)


def card(img, items):
    """A rectified card for the lines network, with errors of the size of the corners network's."""
    h, w = img.shape[:2]
    if R() < .6:
        p = np.float32([[0, 0], [w, 0], [w, h], [0, h]])
        e = .012 * w
        m = cv2.getPerspectiveTransform(p, p + np.random.uniform(-e, e, (4, 2)).astype(np.float32))
        img = cv2.warpPerspective(img, m, (w, h), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        out = []
        for it in items:
            q = np.float32(it['quad']).reshape(-1, 2)
            n = cv2.perspectiveTransform(q[None], m)[0]
            was, now = abs(cv2.contourArea(q)), abs(cv2.contourArea(n))
            it = dict(it, quad=n.ravel())
            if it.get('height') and was > 0:
                it['height'] *= math.sqrt(now / was)
            out.append(it)
        items = out
    return roughen(colour(img, .12, 127.5, 63.75), 63.75), items
