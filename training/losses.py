"""The losses of the three networks. Logits and targets are float32."""
import torch
import torch.nn.functional as F

from nets import ALPHABET, BLANK, NO_MONTH
from nets import COVERED as COVERED_CHAR

COVERED = ALPHABET.index(COVERED_CHAR)
FOLLOW = 4.                                        # a column's divergence is a tenth of a character's loss


def ctc(logits, text, lengths, frames, weight):
    """CTC per character plus weight times a framewise cross-entropy; its parts; CTC of each line.

    logits (n, classes, t); text: all labels concatenated; frames (n, t): the class of a
    column, or -100 if undefined. The framewise part keeps the peaks on the characters'
    centres, which gives their boxes, and makes CTC converge in a minute."""
    n, _, t = logits.shape
    lp = F.log_softmax(logits, 1)
    c = F.ctc_loss(lp.permute(2, 0, 1), text, torch.full((n,), t, dtype=torch.long), lengths,
                   blank=BLANK, zero_infinity=True, reduction='none')
    each = (c / lengths.clamp(min=1).to(c)).clamp(max=20)
    w = torch.ones(BLANK + 1, device=logits.device)
    w[BLANK] = .35
    f = F.cross_entropy(logits, frames, w, ignore_index=-100)
    c = each.mean()
    return c + weight * f, {'ctc': c.item(), 'frame': f.item()}, each.detach()


def follow(logits, taught, text, lengths):
    """Divergence of the columns' distributions from those of an older network, on the lines that it reads.

    It keeps what the older network knows while new kinds of lines are learnt. Lines with covered digits, which it does
    not know, and those that it reads with doubt do not count."""
    n, _, t = logits.shape
    lp, old = F.log_softmax(logits, 1), F.log_softmax(taught, 1)
    c = F.ctc_loss(old.permute(2, 0, 1), text, torch.full((n,), t, dtype=torch.long), lengths,
                   blank=BLANK, zero_infinity=False, reduction='none')
    covered = torch.stack([(part == COVERED).any() for part in text.split(lengths.tolist())])
    w = ((c / lengths.clamp(min=1).to(c) < .15) & ~covered).float()
    each = F.kl_div(lp, old, reduction='none', log_target=True).sum(1).mean(1)
    return FOLLOW * (each * w).sum() / n


def months(logits, frames):
    """Cross-entropy of the columns; most have no month, and weigh less."""
    w = torch.ones(NO_MONTH + 1, device=logits.device)
    w[NO_MONTH] = .3
    f = F.cross_entropy(logits, frames, w, ignore_index=-100)
    return f, {'frame': f.item()}


def focal(logits, target):
    """CenterNet's penalty-reduced focal loss for peaks (target 1 at a peak, a bell around it)."""
    p = torch.sigmoid(logits).clamp(1e-5, 1 - 1e-5)
    peak = (target > .999).float()
    pos = -(1 - p) ** 2 * torch.log(p) * peak
    neg = -(1 - target) ** 4 * p ** 2 * torch.log(1 - p) * (1 - peak)
    return (pos.sum() + neg.sum()) / peak.sum().clamp(min=1)


def mask(logits, target, weight=None):
    """Binary cross-entropy plus Dice over the batch; target may lie between 0 and 1."""
    b = F.binary_cross_entropy_with_logits(logits, target, reduction='none')
    p = torch.sigmoid(logits)
    if weight is not None:
        b, p, target = b * weight, p * weight, target * weight
    dice = 1 - (2 * (p * target).sum() + 1) / ((p * p).sum() + (target * target).sum() + 1)
    return b.mean(), dice


def weighted(value, weight):
    """The mean of a (n, k, h, w) loss with a (n, 1, h, w) weight per cell."""
    return (value * weight).sum() / (weight.sum() * value.shape[1]).clamp(min=1e-6)


def outline(y, target, mask):
    """The regression's loss per cell (n, 1, h, w), lenient about where the naming of the corners begins.

    Which way up a small, dark or hidden card lies often can't be said. Held to the one true naming the
    answer then goes to the mean of all: the card's middle, and the card is lost. So the naming that fits
    best in a cell's neighbourhood counts, with a share for the true one; the heat maps name the corners."""
    each = torch.stack([F.smooth_l1_loss(y, target.roll(2 * r, 1), beta=.06, reduction='none').mean(1)
                        for r in range(4)], 1)
    m = (mask[:, None] >= .5).float()
    near = F.avg_pool2d(each.detach() * m, 7, 1, 3)
    best = each.gather(1, near.argmin(1, keepdim=True))
    return .85 * best + .15 * each[:, :1]


def corners(y, t):
    """y: the 15 maps; t: targets.corners' batch."""
    heat = focal(y[:, :4], t['heat'])
    bce, dice = mask(y[:, 4], t['mask'])
    reg = weighted(outline(y[:, 5:13], t['reg'], t['mask']), t['reg_w'])
    off = weighted((y[:, 13:15] - t['off']).abs(), t['off_w'])
    total = heat + 1.5 * bce + .5 * dice + 3. * reg + 1. * off
    return total, {'heat': heat.item(), 'bce': bce.item(), 'dice': dice.item(), 'reg': reg.item(), 'off': off.item()}


def lines(y, t):
    """y: the 7 maps; t: targets.lines' batch."""
    parts, total = {}, 0.
    for name, k, w in (('number', 0, 1.), ('date', 1, 1.), ('other', 2, .5)):
        bce, dice = mask(y[:, (0, 1, 6)[k]], t['seg'][:, k], t['care'][:, k])
        parts[name] = bce.item()
        total = total + w * (8 * bce + .5 * dice)
    d = (y[:, 2:6] - t['reg']).abs()
    axis, ends = d[:, :2] * torch.tensor([1., 3.], device=y.device)[None, :, None, None], d[:, 2:] / (.6 + 2 * t['reg'][:, 2:].clamp(min=0))
    reg = weighted(torch.cat([axis, ends], 1), t['reg_w'])   # cells near an end weigh more: from afar its place is uncertain
    parts['reg'] = reg.item()
    return total + 2 * reg, parts
