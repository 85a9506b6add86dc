"""From ground truth to the maps and rows that a network should output."""
import math

import cv2
import numpy as np

from nets import ALPHABET, BLANK, MONTHS, NO_MONTH

CORNER_STRIDE, LINE_STRIDE = 8, 4


def centres(n, stride):
    return (np.arange(n, dtype=np.float32) + .5) * stride


def coverage(quad, h, w, stride):
    """The share of every cell that lies inside the quad (4, 2), in sixteenths."""
    k = 4
    return inside(quad, h * k, w * k, stride / k).reshape(h, k, w, k).mean((1, 3), dtype=np.float32)


def corners(cards, size=256):
    """cards: quads (4, 2) of TL, TR, BR, BL as read, in pixels; later ones are on top."""
    s, n = CORNER_STRIDE, size // CORNER_STRIDE
    c = centres(n, s)
    heat = np.zeros((4, n, n), np.float32)
    mask = np.zeros((n, n), np.float32)
    reg, reg_w = np.zeros((8, n, n), np.float32), np.zeros((1, n, n), np.float32)
    off, off_w = np.zeros((2, n, n), np.float32), np.zeros((1, n, n), np.float32)
    for q in cards:
        q = np.asarray(q, np.float32).reshape(4, 2)
        m = coverage(q, n, n, s)
        mask = np.maximum(mask, m)
        inside = m >= .5
        if inside.any():
            for k in range(4):
                reg[2 * k][inside] = np.broadcast_to((q[k, 0] - c)[None, :] / 64, (n, n))[inside]
                reg[2 * k + 1][inside] = np.broadcast_to((q[k, 1] - c)[:, None] / 64, (n, n))[inside]
            reg_w[0][inside] = 1 / math.sqrt(inside.sum())     # small cards count as much
        # a Gaussian whose width follows the card's apparent size
        side = math.sqrt(abs(cv2.contourArea(q)))
        sigma = min(1.6, max(.7, side / 100)) * s
        for k in range(4):
            x, y = q[k]
            if not (0 <= x < size and 0 <= y < size):
                continue
            i, j = int(y / s), int(x / s)
            # centred on the cell, so that exactly one cell is the peak
            g = np.exp(-((c[None, :] - c[j]) ** 2 + (c[:, None] - c[i]) ** 2) / (2 * sigma ** 2))
            heat[k] = np.maximum(heat[k], g)
            for di in (-1, 0, 1):                  # also its neighbours, in case the peak is off by one
                for dj in (-1, 0, 1):
                    a, b = i + di, j + dj
                    w = 1. if not (di or dj) else .2
                    if 0 <= a < n and 0 <= b < n and off_w[0, a, b] < w:
                        off[:, a, b] = (x - c[b]) / s, (y - c[a]) / s
                        off_w[0, a, b] = w
    return dict(heat=heat, mask=mask, reg=reg, reg_w=reg_w, off=off, off_w=off_w)


FULL = 48                                          # cells from which a line has weight 1
KINDS = {'number': 0, 'date': 1}                   # all other text is class 2


def line_axes(quad):
    """Left and right end of a line's axis (points) and the ink's height."""
    q = np.asarray(quad, np.float32).reshape(4, 2)
    left, right = (q[0] + q[3]) / 2, (q[1] + q[2]) / 2
    height = .5 * (np.linalg.norm(q[0] - q[3]) + np.linalg.norm(q[1] - q[2]))
    return left, right, height


def shrink(quad, share):
    """The quad with its height reduced to a share, about its axis."""
    q = np.asarray(quad, np.float32).reshape(4, 2)
    left, right = (q[0] + q[3]) / 2, (q[1] + q[2]) / 2
    mid = np.stack([left, right, right, left])
    return mid + (q - mid) * share


def inside(quad, h, w, stride):
    """Cells whose centre lies inside the convex quad."""
    q = np.asarray(quad, np.float32).reshape(4, 2)
    x, y = centres(w, stride)[None, :], centres(h, stride)[:, None]
    sides = []
    for k in range(4):
        (ax, ay), (bx, by) = q[k], q[(k + 1) % 4]
        sides.append((bx - ax) * (y - ay) - (by - ay) * (x - ax))
    s = np.stack(sides)
    return (s >= 0).all(0) | (s <= 0).all(0)


def lines(items, h, w):
    """items: {"kind", "quad", "height"} of a card h x w; maps at stride 4.

    seg: number, date, other. care, the weight: low between a line's core and its whole quad, where both
    answers are acceptable; above 1 in a line of few cells, such as a date or a number's short last row,
    which would otherwise count little. reg: dy / 8, log(height / 16), left / 64, right / 64."""
    s = LINE_STRIDE
    gh, gw = h // s, w // s
    x, y = centres(gw, s)[None, :], centres(gh, s)[:, None]
    seg, care = np.zeros((3, gh, gw), np.float32), np.ones((3, gh, gw), np.float32)
    reg, reg_w = np.zeros((4, gh, gw), np.float32), np.zeros((1, gh, gw), np.float32)
    for it in items:
        left, right, ink = line_axes(it['quad'])
        d = right - left
        length = float(np.linalg.norm(d))
        k = KINDS.get(it['kind'], 2)
        if length < 1 or (k < 2 and abs(d[1]) > .5 * length):
            k = 2                                  # dy cannot describe vertical text
        core = inside(shrink(it['quad'], .7), gh, gw, s)
        if k < 2:
            core |= inside(shrink(it['quad'], min(1, 1.05 * s / max(ink, 1))), gh, gw, s)   # print lower than a cell still gets a row
        care[k][inside(it['quad'], gh, gw, s) & ~core] = .2
        seg[k][core] = 1
        if k == 2 or not core.any():
            continue
        care[k][core] = min(4, max(1, FULL / core.sum()))
        ux, uy = d / length
        t = (x - left[0]) * ux + (y - left[1]) * uy
        axis = left[1] + (x - left[0]) * (uy / ux) if abs(ux) > 1e-3 else np.zeros_like(x)
        height = it.get('height') or ink
        reg[0][core] = np.broadcast_to((axis - y) / 8, (gh, gw))[core]
        reg[1][core] = math.log(max(height, 2) / 16)
        reg[2][core] = np.broadcast_to(t / 64, (gh, gw))[core]
        reg[3][core] = np.broadcast_to((length - t) / 64, (gh, gw))[core]
        reg_w[0][core] = 1 / math.sqrt(core.sum())
    care = np.maximum(care, seg)
    return dict(seg=seg, care=care, reg=reg, reg_w=reg_w)


MONTH_CORE, MONTH_NEAR = 6, 20                     # px from a name's centre: has its class; is undefined


def month_frames(name, x, width):
    """The class of each of width / 4 columns: the month at its name's centre, none elsewhere, -100 between."""
    out = np.full(width // 4, NO_MONTH, np.int64)
    if len(x):
        far = np.abs((np.arange(width // 4) + .5) * 4 - x[0])
        out[far < MONTH_NEAR] = -100
        out[far < MONTH_CORE] = MONTHS.index(name)
    return out


def frames(text, x, width):
    """The class of each of width / 4 columns for the framewise loss.

    A character's centre column has its class, columns further than .42 pitch from every
    centre are blank, the rest are undefined (-100)."""
    t = width // 4
    out = np.full(t, -100, np.int64)
    x = np.asarray(x, np.float32)
    if not len(x):
        out[:] = BLANK
        return out
    col = (np.arange(t) + .5) * 4
    near = np.abs(col[:, None] - x[None]).min(1)
    pitch = float(np.median(np.diff(x))) if len(x) > 1 else 12.
    out[near > .42 * pitch] = BLANK
    for c, v in zip(text, x):
        out[min(t - 1, max(0, int(v / 4)))] = ALPHABET.index(c)
    return out
