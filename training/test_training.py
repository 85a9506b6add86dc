#!/usr/bin/env python3
"""Tests of the training code: python3 training/test_training.py (needs no generator)."""
import json
import os
import random
import subprocess
import sys
import tempfile
import unittest

import cv2
import numpy as np
import torch

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import augment
import export
import grow
import losses
import metrics
import nets
import stream
import targets
import tasks
import import_weights
import train

HERE = os.path.dirname(os.path.abspath(__file__))
QUAD = [60, 80, 200, 70, 205, 160, 62, 170]


def fake(kind, n, seed):
    """A fake generator: flat shapes with ground truth. Ends after n records."""
    r = np.random.RandomState(seed)
    for _ in range(n):
        if kind == 'lines':
            text = ''.join(r.choice(list('0123456789/'), r.randint(0, 17)))
            w = 24 + 18 * len(text)
            x = [20. + 18 * i for i in range(len(text))]
            a = np.full((32, w, 3), r.randint(120, 255), np.uint8)
            for c, v in zip(text, x):
                cv2.putText(a, c, (int(v) - 8, 26), cv2.FONT_HERSHEY_SIMPLEX, .8, (20, 20, 60), 2)
            yield dict(w=w, h=32, text=text, x=x, style='fake'), a
        elif kind == 'cards':
            w, h = (352, 224) if r.rand() < .7 else (224, 352)
            a = np.full((h, w, 3), r.randint(90, 255), np.uint8)
            y, x0, x1 = int(r.randint(60, h - 40)), 30, w - 30
            for x in range(x0, x1, 12):
                cv2.rectangle(a, (x, y), (x + 7, y + 14), (0, 0, 40), -1)
            item = dict(kind='number', text='1', quad=[x0, y, x1, y, x1, y + 15, x0, y + 15], height=15)
            yield dict(w=w, h=h, lines=[item]), a
        else:
            a = r.randint(0, 120, (256, 256, 3)).astype(np.uint8)
            cards = []
            if r.rand() < .8:
                q = np.float32(QUAD).reshape(4, 2) + r.uniform(-20, 20, (1, 2)).astype(np.float32)
                cv2.fillPoly(a, [np.int32(q)], (230, 220, 200))
                cv2.circle(a, tuple(int(v) for v in q[0] + 18), 8, (255, 0, 0), -1)
                cards = [dict(corners=[float(v) for v in q.ravel()])]
            yield dict(w=256, h=256, cards=cards), a


class Targets(unittest.TestCase):
    def test_corner_maps_give_the_corners_back(self):
        quad = np.float32(QUAD).reshape(4, 2)
        t = targets.corners([quad])
        y = np.zeros((15, 32, 32), np.float32)
        y[:4] = np.log((t['heat'] + 1e-6) / (1 - t['heat'] + 1e-6))
        y[4] = 20 * (t['mask'] - .5)
        y[5:13], y[13:] = t['reg'], t['off']
        got, confidence, peaks = metrics.decode_corners(y)
        self.assertEqual(peaks, 4)
        np.testing.assert_allclose(got, quad, atol=.01)
        y[:4] = -9                                 # without peaks the regression stands in
        np.testing.assert_allclose(metrics.decode_corners(y)[0], quad, atol=.01)
        self.assertEqual(metrics.judge_corners(y, [quad])[1], False)
        self.assertEqual(metrics.judge_corners(y, [np.roll(quad, 2, 0)])[1], True)
        self.assertEqual((t['heat'] > .999).sum(), 4)

    def test_corner_outside_has_no_peak(self):
        quad = np.float32([[-30, 40], [150, 40], [150, 150], [-30, 150]])
        t = targets.corners([quad])
        self.assertEqual((t['heat'] > .999).reshape(4, -1).sum(1).tolist(), [0, 1, 1, 0])
        i, j = 10, 3                               # the cell with centre (28, 84)
        self.assertAlmostEqual(t['reg'][0, i, j] * 64 + 28, -30, places=4)

    def test_mask_is_the_share_covered(self):
        m = targets.coverage([[8, 8], [20, 8], [20, 16], [8, 16]], 4, 4, 8)
        np.testing.assert_allclose(m[1], [0, 1, .5, 0], atol=.13)
        self.assertLess(m[0].max() + m[2:].max(), .3)

    def test_line_maps_give_the_line_back(self):
        quad = [40, 100, 300, 106, 300, 122, 40, 116]
        items = [dict(kind='number', quad=quad, height=15), dict(kind='name', quad=[40, 150, 200, 150, 200, 160, 40, 160], height=9)]
        t = targets.lines(items, 224, 352)
        y = np.full((7, 56, 88), -9, np.float32)
        y[0], y[1], y[6] = [18 * s - 9 for s in t['seg']]
        y[2:6] = t['reg']
        self.assertEqual(metrics.judge_lines(y, items), {'number': (1, 1, 0), 'date': (0, 0, 0)})
        self.assertEqual(metrics.judge_lines(y, items[1:])['number'], (0, 0, 1))
        y[2] += .4                                 # 3 px off: more than .12 digit heights
        self.assertEqual(metrics.judge_lines(y, items)['number'], (0, 1, 0))
        i, j = 27, 40                              # the cell with centre (162, 110)
        self.assertEqual(t['seg'][0, i, j], 1)
        self.assertAlmostEqual(t['reg'][0, i, j] * 8 + 110, 108 + 6 * (162 - 40) / 260, places=2)
        self.assertAlmostEqual(t['reg'][2, i, j] * 64, 122, delta=.3)
        self.assertAlmostEqual(t['reg'][3, i, j] * 64, 138, delta=.3)
        self.assertEqual(t['care'][t['seg'] > 0].min(), 1)

    def test_frames(self):
        f = targets.frames('7/', [10, 30], 64)
        self.assertEqual((f[2], f[7], f[15]), (7, 10, nets.BLANK))
        self.assertEqual(f[3], -100)
        self.assertTrue((targets.frames('', [], 64) == nets.BLANK).all())


class Augment(unittest.TestCase):
    def test_scene_moves_picture_and_corners_alike(self):
        random.seed(3)
        np.random.seed(3)
        checked = 0
        for meta, a in fake('scenes', 60, 1):
            if not meta['cards']:
                continue
            a[:] = 0
            quad = np.float32(meta['cards'][0]['corners']).reshape(4, 2)
            for x, y in quad:
                cv2.circle(a, (int(round(x)), int(round(y))), 3, (255, 255, 255), -1)
            out, q = augment.scene(a, quad[None])
            if out.std() < .1:
                continue
            g = np.abs(out.sum(2) - np.median(out[40:216, 40:216].sum(2)))
            for x, y in q[0]:
                if 60 < x < 196 and 60 < y < 196:
                    near = g[int(y) - 2:int(y) + 3, int(x) - 2:int(x) + 3].mean()
                    checked += 1
                    self.assertGreater(near, g[40:216, 40:216].mean() * 2)
        self.assertGreater(checked, 40)

    def test_letterboxed_scene_is_unboxed(self):
        a = np.full((256, 256, 3), 128, np.uint8)
        a[44:212, 16:240] = np.random.RandomState(1).randint(0, 256, (168, 224, 3))
        img, q = tasks.unbox(a, np.float32([QUAD]).reshape(1, 4, 2))
        self.assertEqual(img.shape, (168, 224, 3))
        self.assertEqual(q[0, 0].tolist(), [QUAD[0] - 16, QUAD[1] - 44])
        out, back = tasks.Corners('cpu').whole(img, q)
        self.assertEqual(back[0, 0].tolist(), QUAD[:2])
        np.testing.assert_allclose(out[44:212, 16:240], augment.normalise(img.astype(np.float32)))
        self.assertEqual(np.abs(out[:44]).max(), 0)

    def test_short_lines_keep_their_labels(self):
        random.seed(1)
        for meta, a in fake('lines', 200, 2):
            img, t, x = augment.short(a, meta['text'], meta['x'], 96)
            self.assertLessEqual(img.shape[1], 96)
            self.assertEqual(len(t), len(x))
            self.assertIn(t, meta['text'])
            self.assertTrue(all(0 <= v <= img.shape[1] for v in x))

    def test_line_stays_in_width(self):
        for meta, a in fake('lines', 100, 3):
            out, t, x = augment.line(a, meta['text'], meta['x'], 352)
            self.assertEqual(out.shape, (32, 352, 3))
            self.assertTrue(np.isfinite(out).all() and all(0 <= v <= 352 for v in x))


class Losses(unittest.TestCase):
    def test_focal_prefers_the_truth(self):
        t = torch.from_numpy(targets.corners([np.float32(QUAD).reshape(4, 2)])['heat'])[None]
        right = torch.where(t > .999, 6., -6.)
        self.assertLess(losses.focal(right, t), .1)
        self.assertGreater(losses.focal(-right, t), 5)

    def test_outline_forgives_another_beginning(self):
        t = targets.corners([np.float32(QUAD).reshape(4, 2)])
        reg, mask = torch.from_numpy(t['reg'])[None], torch.from_numpy(t['mask'])[None]
        w = torch.from_numpy(t['reg_w'])[None]
        loss = [losses.weighted(losses.outline(y, reg, mask), w).item()
                for y in (reg, reg.roll(4, 1), (reg + reg.roll(4, 1)) / 2)]
        self.assertEqual(loss[0], 0)
        self.assertLess(loss[0], loss[1])
        self.assertLess(loss[1], loss[2])          # the middle of both is worse than either

    def test_ctc_of_a_perfect_row(self):
        y = torch.full((1, 12, 8), -9.)
        for k, c in enumerate([11, 3, 3, 11, 3, 10, 11, 11]):
            y[0, c, k] = 9
        frames = torch.full((1, 8), -100)
        frames[0, 1] = 3
        loss, _, _ = losses.ctc(y, torch.tensor([3, 3, 10]), torch.tensor([3]), frames, 1.)
        self.assertLess(loss, .01)
        loss, _, _ = losses.ctc(y, torch.tensor([3, 10]), torch.tensor([2]), frames, 1.)
        self.assertGreater(loss, 2)
        self.assertEqual(metrics.greedy(y[0].numpy()), '33/')
        empty, _, _ = losses.ctc(y, torch.tensor([], dtype=torch.long), torch.tensor([0]), frames, 0.)
        self.assertTrue(torch.isfinite(empty))

    def test_every_loss_has_gradients(self):
        for name, size in (('corners', (256, 256)), ('lines', (224, 352))):
            g = nets.NETS[name]()
            y = g(torch.randn(2, 3, *size))
            if name == 'corners':
                t = targets.corners([np.float32(QUAD).reshape(4, 2)])
            else:
                t = targets.lines([dict(kind='number', quad=[40, 100, 300, 100, 300, 116, 40, 116], height=15)], *size)
            t = {k: torch.from_numpy(np.stack([v, v])) for k, v in t.items()}
            loss, _ = getattr(losses, name)(y, t)
            loss.backward()
            self.assertTrue(torch.isfinite(loss))
            self.assertGreater(g.convs[0].weight.grad.abs().sum(), 0)


class Export(unittest.TestCase):
    def test_file_computes_what_the_network_does(self):
        for name in nets.NETS:
            torch.manual_seed(3)
            g = nets.NETS[name]()
            for m in g.modules():                  # norms as after some training
                if isinstance(m, torch.nn.BatchNorm2d):
                    m.running_mean.normal_(0, .3), m.running_var.uniform_(.3, 2)
                    m.weight.data.uniform_(.5, 1.5), m.bias.data.normal_(0, .3)
            with tempfile.TemporaryDirectory() as d:
                head, diff = export.write(g, 'test', d)
                self.assertEqual(sorted(os.listdir(d)), [name + e for e in ('.f16', '.golden', '.json')])
                self.assertEqual(os.path.getsize(os.path.join(d, name + '.f16')), 2 * head['params'])
                export.verify(name, d)
                with open(os.path.join(d, name + '.f16'), 'r+b') as f:
                    f.seek(100), f.write(b'\1\2')
                self.assertRaises(AssertionError, export.verify, name, d)

    def test_other_sizes(self):
        g = nets.lines().eval()
        head, half = export.describe(g, 'x')
        x = np.random.RandomState(1).randn(352, 224, 3).astype(np.float32)
        with torch.no_grad():
            want = g(torch.from_numpy(x.transpose(2, 0, 1).copy())[None])[0].numpy()
        got = export.run_file(head, half, x)
        self.assertEqual(got.shape, (88, 56, 7))
        self.assertLess(np.abs(got - want.transpose(1, 2, 0)).max(), .02)

    def test_committed_weights(self):
        if os.path.isdir(export.OUT):
            for name in nets.NETS:
                if os.path.exists(os.path.join(export.OUT, name + '.json')):
                    export.verify(name, export.OUT)


class Stream(unittest.TestCase):
    def test_source_restarts_a_generator_that_dies(self):
        s = stream.Source(f'{sys.executable} {os.path.abspath(__file__)} --fake lines 5 {{seed}}', seed=4)
        got = [s.get() for _ in range(12)]
        self.assertGreaterEqual(s.restarts, 2)
        self.assertNotEqual(got[0][0]['text'], got[5][0]['text'])   # another seed, not the same again
        s.close()

    def test_a_command_that_gives_nothing_is_an_error(self):
        s = stream.Source('false')
        self.assertRaises(RuntimeError, s.get)

    def test_pool_renews_itself(self):
        class Endless:
            n = 0

            def get(self, wait=True):
                self.n += 1
                return self.n
        p = stream.Pool(Endless(), 10, 4, fresh=.5)
        for _ in range(20):
            p.take(8)
        self.assertEqual((len(p.items), p.drawn), (10, 84))

    def test_pool_repeats_what_is_hard(self):
        class Few:
            n = 0

            def get(self, wait=True):
                self.n += 1
                return self.n if wait else None
        p = stream.Pool(Few(), 10, 10, rng=random.Random(1))
        taken = [0] * 11
        for _ in range(300):
            for r in p.take(4):
                taken[r] += 1
            p.learnt([1. if p.items[i] == 3 else .1 for i in p.last])
        self.assertGreater(taken[3], 3 * max(taken[:3] + taken[4:]) / 2)


class Growing(unittest.TestCase):
    def test_a_grown_network_computes_the_same(self):
        torch.manual_seed(1)

        def net(c, deeper):
            g = nets.Graph('t', (16, 16))
            x = g.residual(g.conv(0, c, stride=2))
            if deeper:
                x = g.residual(x)
            g.conv(x, 5, 1, relu=False, norm=False)
            return g
        old, new, x = net(6, False), net(10, True), torch.randn(2, 3, 16, 16)
        old(x)                                     # moves the running means
        old.eval(), new.eval()
        new.load_state_dict(grow.grow(new, old.state_dict(), added={3}))
        with torch.no_grad():
            self.assertLess(float((old(x) - new(x)).abs().max()), 1e-5)


class Thawing(unittest.TestCase):
    def test_embedded_weights_can_be_trained_on(self):
        torch.manual_seed(1)
        g, x = nets.digits(), torch.randn(8, 3, 32, 96)
        for _ in range(20):
            g(x)                                   # moves the running means to those of x
        with tempfile.TemporaryDirectory() as d:
            export.write(g, 'test', d)
            h = nets.digits()
            import_weights.restore(h, *export.read('digits', d))
        import_weights.calibrate_norms(h, [x])
        g.eval()
        g.ops[-1]['dropout'] = h.ops[-1]['dropout'] = 0
        with torch.no_grad():
            want, same = g(x), h.eval()(x)
            batch = h.train()(x)                   # with the batch's own statistics
        for y in (same, batch):
            self.assertLess(float((y - want).abs().max()), .02 * float(want.abs().max()) + .01)


class Meeting(unittest.TestCase):
    def test_runs_take_the_mean_of_both(self):
        with tempfile.TemporaryDirectory() as d:
            g, h = nets.digits(), nets.digits()
            path = os.path.join(d, 'last.pt')
            before = g.convs[0].weight.detach().clone()
            ema = {k: v.clone() for k, v in g.state_dict().items()}
            train.average_with(g, ema, path)               # no checkpoint yet
            self.assertTrue(torch.equal(before, g.convs[0].weight))
            train.save(path, net=h.state_dict(), ema=h.state_dict())
            train.average_with(g, ema, path)
            self.assertTrue(torch.allclose((before + h.convs[0].weight) / 2, g.convs[0].weight))
            self.assertTrue(torch.allclose(ema['convs.0.weight'], g.convs[0].weight))


class Training(unittest.TestCase):
    def test_every_network_trains_and_resumes(self):
        for name, kind in (('digits', 'lines'), ('lines', 'cards'), ('corners', 'scenes')):
            with tempfile.TemporaryDirectory() as d:
                for extra in ([], ['--resume']):
                    p = subprocess.run([sys.executable, os.path.join(HERE, 'train.py'), name, '--out', d, '--batch', '4',
                                        '--minutes', '.12' if not extra else '.2', *extra, '--device', 'cpu', '--synth',
                                        f'{sys.executable} {os.path.abspath(__file__)} --fake {kind} 100000 {{seed}}'],
                                       stderr=subprocess.PIPE, text=True)
                    self.assertEqual(p.returncode, 0, p.stderr)
                self.assertIn('resumed at step', p.stderr)

                g = nets.NETS[name]()
                g.load_state_dict(nets.load_weights(os.path.join(d, 'last.pt')))
                export.write(g, 'test', d)


if __name__ == '__main__':
    if sys.argv[1:2] == ['--fake']:
        for meta, a in fake(sys.argv[2], int(sys.argv[3]), int(sys.argv[4])):
            try:
                stream.write_record(sys.stdout.buffer, meta, a)
                sys.stdout.buffer.flush()
            except BrokenPipeError:
                os._exit(0)
    else:
        torch.set_num_threads(1)
        unittest.main()
