"""Validation: simple decoders, and the share of images that they read right."""
import re

import cv2
import numpy as np

from nets import COVERED, alphabet
from targets import CORNER_STRIDE, LINE_STRIDE, centres, inside, line_axes, shrink


def sigmoid(v):
    return 1 / (1 + np.exp(-v))


# -- digits ------------------------------------------------------------------
def greedy(logits):
    """logits (classes, t) -> text, without a beam."""
    chars, blank = alphabet(len(logits)), len(logits) - 1
    out, last = '', blank
    for c in logits.argmax(0):
        if c != last and c != blank:
            out += chars[c]
        last = c
    return out


def loose(text):
    """The text with runs of covered digits as one: their number is not always visible."""
    return re.sub(rf'[{COVERED}]+', COVERED, text)


def edits(a, b):
    """Levenshtein distance."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        up, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            up, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, up + (x != y))
    return row[-1]


# -- corners -----------------------------------------------------------------
def decode_corners(y):
    """Maps (15, n, n) -> (quad (4, 2), confidence of the mask, corners taken from peaks).

    The median of the mask cells' regressions gives the outline. Its corners are named in the way with the
    most heat; each corner then moves to its heat map's peak nearby, if there is one."""
    n, s = y.shape[1], CORNER_STRIDE
    c = centres(n, s)
    m = sigmoid(y[4])
    if m.max() < .5:
        return None, float(m.max()), 0
    cells = np.argwhere(m > .5)
    # of several cards, that of the largest connected mask
    k, lab = cv2.connectedComponents((m > .5).astype(np.uint8), connectivity=4)
    if k > 2:
        best = 1 + np.argmax([(lab == i).sum() for i in range(1, k)])
        cells = np.argwhere(lab == best)
    vote = np.stack([np.stack([c[cells[:, 1]] + 64 * y[5 + 2 * j][tuple(cells.T)],
                               c[cells[:, 0]] + 64 * y[6 + 2 * j][tuple(cells.T)]], 1) for j in range(4)])
    quad = np.median(vote, 1)
    side = max(np.linalg.norm(quad[0] - quad[2]), np.linalg.norm(quad[1] - quad[3]))
    heat = sigmoid(y[:4])
    best = (-1., quad, 0)
    for r in range(4):                             # the heat maps decide which corner is which
        named = np.roll(quad, -r, 0)
        out, total, peaks = named.copy(), 0., 0
        for j in range(4):
            d = np.hypot(c[None, :] - named[j, 0], c[:, None] - named[j, 1])
            h = heat[j] * (d < max(12, .15 * side))
            i = np.unravel_index(h.argmax(), h.shape)
            total += h[i]
            if h[i] > .25:
                peaks += 1
                out[j] = c[i[1]] + s * y[13][i], c[i[0]] + s * y[14][i]
        if total > best[0] + (.1 if r else 0):
            best = total, out, peaks
    return best[1], float(m.max()), best[2]


def judge_corners(y, quads):
    """None if there is no card and none was found. Else (error as a share of the long side, turned): the
    maximum over the four corners, for the nearest card; turned if the corners are named in the wrong
    rotation (the error is then the outline's). A false or missed card has error inf."""
    q, _, _ = decode_corners(y)
    if not len(quads):
        return None if q is None else (np.inf, False)
    if q is None:
        return np.inf, False
    best, turned = np.inf, False
    for t in quads:
        side = max(np.linalg.norm(t[0] - t[1]), np.linalg.norm(t[1] - t[2]))
        e = [np.linalg.norm(np.roll(q, r, 0) - t, axis=1).max() / side for r in range(4)]
        if min(e) < best:
            best, turned = min(e), int(np.argmin(e)) != 0
    return best, turned


# -- lines -------------------------------------------------------------------
def judge_lines(y, items):
    """Maps (7, h, w) against the card's lines: {kind: (found, of, invented)}.

    A line is found if at least half of its core's cells are set and their box agrees with the
    ground truth: axis within .12 and ends within .6 digit heights, height within 15 %. Four or
    more cells away from every line of the kind are a false line."""
    h, w = y.shape[1:]
    s = LINE_STRIDE
    cx, cy = centres(w, s), centres(h, s)
    out = {}
    for kind, k in (('number', 0), ('date', 1)):
        said = y[k] > 0
        left = said.copy()
        found = of = 0
        for it in items:
            if it['kind'] != kind:
                continue
            quad = np.float32(it['quad']).reshape(4, 2)
            a, b, ink = line_axes(quad)
            if abs(b[1] - a[1]) > .5 * np.linalg.norm(b - a):
                continue
            left &= ~inside(shrink(quad, 1.6) + np.float32([[-9, 0], [9, 0], [9, 0], [-9, 0]]), h, w, s)
            core = inside(shrink(quad, .7), h, w, s)
            if not core.any():
                continue
            of += 1
            hit = said & core
            if hit.sum() < .5 * core.sum():
                continue
            height = it.get('height') or ink
            i, j = np.nonzero(hit)
            slope = (b[1] - a[1]) / max(1e-3, b[0] - a[0])
            axis = np.median(cy[i] + 8 * y[2][hit] - (a[1] + slope * (cx[j] - a[0])))
            size = 16 * np.exp(np.median(y[3][hit])) / height
            x0 = np.median(cx[j] - 64 * y[4][hit])
            x1 = np.median(cx[j] + 64 * y[5][hit])
            if abs(axis) < .12 * height and abs(x0 - a[0]) < .6 * height and abs(x1 - b[0]) < .6 * height \
                    and abs(size - 1) < .15:
                found += 1
        n, _, stats, _ = cv2.connectedComponentsWithStats(left.astype(np.uint8))
        out[kind] = found, of, int((stats[1:, cv2.CC_STAT_AREA] >= 4).sum()) if n > 1 else 0
    return out
