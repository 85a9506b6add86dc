"""The networks of kahao.

A network is a list of two operations, `conv` (convolution, batch norm folded
into it at export, optional addition, optional ReLU) and `up2add` (nearest x2
enlargement plus another map). The same list is what `export.py` writes and what
internal/vision/nn runs, so no layer exists on one side only.
Buffers are numbered: 0 is the input, operation i writes buffer i + 1.
"""
import torch
import torch.nn as nn
import torch.nn.functional as F


def pair(v):
    return tuple(v) if isinstance(v, (tuple, list)) else (v, v)


class Graph(nn.Module):
    """A convolutional network as a list of operations over numbered buffers."""

    def __init__(self, name, size, channels=3):
        super().__init__()
        self.name, self.size = name, size          # size: default (h, w)
        self.channels = [channels]                 # of each buffer
        self.ops = []
        self.convs, self.norms = nn.ModuleList(), nn.ModuleList()

    # -- building ---------------------------------------------------------
    def conv(self, src, cout, kernel=3, stride=1, pad=None, dilation=1, relu=True,
             add=-1, norm=True, dropout=0.):
        """Appends a convolution of buffer src; returns the new buffer's number.

        add names a buffer that is added before the ReLU. norm=False gives a
        convolution with a bias and no batch norm: the heads. dropout acts on
        the input, in training only."""
        kernel, stride, dilation = pair(kernel), pair(stride), pair(dilation)
        if pad is None:
            pad = tuple((k - 1) // 2 * d for k, d in zip(kernel, dilation))
        cin = self.channels[src]
        self.ops.append(dict(op='conv', src=src, cin=cin, cout=cout, kernel=kernel, stride=stride,
                             pad=pair(pad), dilation=dilation, relu=relu, add=add,
                             dropout=dropout, layer=len(self.convs)))
        self.convs.append(nn.Conv2d(cin, cout, kernel, stride, pad, dilation, bias=not norm))
        self.norms.append(nn.BatchNorm2d(cout) if norm else nn.Identity())
        self.channels.append(cout)
        return len(self.ops)

    def residual(self, src, kernel=3, dilation=1, second=None):
        """Two convolutions with a skip connection."""
        c = self.channels[src]
        a = self.conv(src, c, kernel, dilation=dilation)
        return self.conv(a, c, kernel if second is None else second, add=src)

    def up2add(self, src, skip):
        """Appends buffer src enlarged twofold, plus buffer skip."""
        assert self.channels[src] == self.channels[skip]
        self.ops.append(dict(op='up2add', src=src, add=skip))
        self.channels.append(self.channels[src])
        return len(self.ops)

    # -- running ----------------------------------------------------------
    def forward(self, x):
        last = {}                                  # buffer -> last operation that needs it
        for i, op in enumerate(self.ops):
            last[op['src']] = i
            if op['add'] >= 0:
                last[op['add']] = i
        buffers = {0: x}
        for i, op in enumerate(self.ops):
            y = buffers[op['src']]
            if op['op'] == 'up2add':
                y = F.interpolate(y, scale_factor=2, mode='nearest') + buffers[op['add']]
            else:
                if op['dropout']:
                    y = F.dropout(y, op['dropout'], self.training)
                if isinstance(self.norms[op['layer']], nn.Identity):
                    # a head: distances in half precision are off by a pixel
                    with torch.autocast(y.device.type, enabled=False):
                        y = self.convs[op['layer']](y.float())
                else:
                    y = self.norms[op['layer']](self.convs[op['layer']](y))
                if op['add'] >= 0:
                    y = y + buffers[op['add']]
                if op['relu']:
                    y = F.relu(y)
            buffers[i + 1] = y
            for b in {op['src'], op['add']}:
                if last.get(b) == i:
                    del buffers[b]
        return y

    def macs(self):
        """Multiply-adds for one input of the default size, in millions."""
        total, hooks = [0], []
        for c in self.convs:
            hooks.append(c.register_forward_hook(
                lambda m, i, o: total.__setitem__(0, total[0] + o[0].numel() * m.weight[0].numel())))
        was = self.training
        self.eval()
        with torch.no_grad():
            p = next(self.parameters())
            self(torch.zeros(1, self.channels[0], *self.size, device=p.device))
        self.train(was)
        for h in hooks:
            h.remove()
        return total[0] / 1e6

    def count(self):
        return sum(p.numel() for p in self.parameters())


# Characters in the order of the digits network's outputs; the blank is last. '?' is one covered digit,
# whatever covers it. Older networks have 12 outputs, without it.
ALPHABET = '0123456789/?'
COVERED = ALPHABET[-1]
BLANK = len(ALPHABET)
DILATIONS = 1, 2, 4, 8


def alphabet(outputs):
    """The characters of a digits network by its number of outputs, the blank among them."""
    assert outputs in (BLANK, BLANK + 1), f'no digits network has {outputs} outputs'
    return ALPHABET[:outputs - 1]


def digits(outputs=len(ALPHABET) + 1, dilations=DILATIONS):
    """Recognition: a line 32 px high -> a distribution over 13 classes for every 4 px."""
    g = Graph('digits', (32, 352))
    x = g.conv(0, 32, stride=2)
    x = g.residual(g.residual(g.conv(x, 48, stride=2)))
    x = g.residual(g.conv(x, 64, stride=(2, 1)))
    x = g.residual(g.conv(x, 96, stride=(2, 1)))
    x = g.conv(x, 160, (2, 1), pad=0)              # the two remaining rows become one
    for d in dilations:
        x = g.residual(x, (1, 5), (1, d), second=1)
    g.conv(x, outputs, 1, relu=False, norm=False, dropout=.1)
    return g


# The months in the order of the months network's outputs; none of them is last.
MONTHS = 'JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'
NO_MONTH = len(MONTHS)


def months():
    """The names of months in a line 32 px high -> for every 4 px, which one has its centre there."""
    g = Graph('months', (32, 352))
    x = g.conv(g.conv(0, 12, stride=2), 24, stride=2)
    x = g.conv(g.conv(x, 32, stride=(2, 1)), 32, stride=(2, 1))
    x = g.conv(x, 40, (2, 1), pad=0)
    for d in 1, 3:
        x = g.residual(x, (1, 5), (1, d), second=1)
    g.conv(x, len(MONTHS) + 1, 1, relu=False, norm=False, dropout=.1)
    prior(g, {NO_MONTH: 3.})
    return g


def pyramid(g, ch, blocks, d, bottom):
    """An encoder to stride 32 and a decoder back to stride 2**bottom.

    ch: channels at strides 2..32; blocks: residuals at each; d: the decoder's width."""
    x, level = 0, {}
    for i, (c, n) in enumerate(zip(ch, blocks), 1):
        x = g.conv(x, c, stride=2)
        for _ in range(n):
            x = g.residual(x)
        level[i] = x
    x = g.conv(level[len(ch)], d, 1, relu=False)
    for i in range(len(ch) - 1, bottom - 1, -1):
        x = g.conv(g.up2add(x, g.conv(level[i], d, 1, relu=False)), d)
    return x


def lines():
    """The number, dates and other text on a rectified card (stride 4, 7 maps)."""
    g = Graph('lines', (224, 352))
    x = pyramid(g, (16, 16, 32, 64, 96), (0, 0, 1, 1, 1), 32, 2)
    g.conv(x, 7, 1, relu=False, norm=False)
    prior(g, {0: -3., 1: -3., 6: -2.5})
    return g


def corners():
    """A card's four corners, in reading order, in a photograph (stride 8, 15 maps)."""
    g = Graph('corners', (256, 256))
    x = pyramid(g, (16, 16, 32, 64, 96), (0, 1, 1, 1, 2), 48, 3)
    g.conv(x, 15, 1, relu=False, norm=False)
    prior(g, {0: -4., 1: -4., 2: -4., 3: -4., 4: -1.})
    return g


# The networks of the capture checks: texture sees patches of the original pixels, surround the whole image,
# reduced, and capture joins what both say. captures.py trains them together.
TEXTURE, SURROUND = 24, 32                         # outputs of the first two
CHECKS = 'screen', 'photocopy', 'screenshot', 'watermark', 'edited'


def texture():
    """A patch of 96 x 96 pixels in four channels (captures.features) -> 6 x 6 x 24."""
    g = Graph('texture', (96, 96), channels=4)
    x = g.conv(0, 16, 5, stride=2)
    x = g.conv(x, 24, stride=2)
    x = g.residual(g.conv(x, 32, stride=2))
    x = g.residual(g.conv(x, 48, stride=2))
    g.conv(x, TEXTURE, 1)
    return g


def surround():
    """The whole image, letterboxed into 128 x 128 -> 1 x 1 x 32."""
    g = Graph('surround', (128, 128))
    x = g.conv(0, 16, stride=2)
    x = g.conv(x, 24, stride=2)
    x = g.residual(g.conv(x, 32, stride=2))
    x = g.residual(g.conv(x, 48, stride=2))
    x = g.conv(x, 64, stride=2)
    g.conv(x, SURROUND, 4, pad=0)
    return g


def capture():
    """The means and maxima of all texture outputs, and those of surround -> a logit for each check."""
    g = Graph('capture', (1, 1), channels=2 * TEXTURE + SURROUND)
    x = g.conv(0, 32, 1, norm=False)
    g.conv(x, len(CHECKS), 1, relu=False, norm=False)
    return g


def prior(g, logits):
    """Starts the head at the share of positive cells, which saves the first steps."""
    with torch.no_grad():
        g.convs[-1].weight.mul_(.1)
        g.convs[-1].bias.zero_()
        for k, v in logits.items():
            g.convs[-1].bias[k] = v


NETS = dict(digits=digits, months=months, lines=lines, corners=corners, texture=texture, surround=surround, capture=capture)


def fitting(name, state):
    """The network that fits a checkpoint; for digits also those with fewer outputs and residuals."""
    if name != 'digits':
        return NETS[name]()
    convs = [k for k in state if k.startswith('convs.') and k.endswith('weight')]
    outputs = len(state[f'convs.{len(convs) - 1}.weight'])
    spare = (len(digits().convs) - len(convs)) // 2
    return digits(outputs, DILATIONS[:len(DILATIONS) - spare])


def load_weights(path):
    """The (EMA) weights in a checkpoint of train.py."""
    return torch.load(path, map_location='cpu')['ema']
