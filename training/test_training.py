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
import capture_data
import captures
import compare
import export
import grow
import left_out
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
            text = ''.join(r.choice(list(nets.ALPHABET), r.randint(0, 17)))
            w = 24 + 18 * len(text)
            x = [20. + 18 * i for i in range(len(text))]
            a = np.full((32, w, 3), r.randint(120, 255), np.uint8)
            for c, v in zip(text, x):
                if c == nets.COVERED:
                    cv2.rectangle(a, (int(v) - 9, 2), (int(v) + 9, 30), (90, 0, 0), -1)
                else:
                    cv2.putText(a, c, (int(v) - 8, 26), cv2.FONT_HERSHEY_SIMPLEX, .8, (20, 20, 60), 2)
            yield dict(w=w, h=32, text=text, x=x, style='fake'), a
        elif kind == 'months':
            name = r.choice(nets.MONTHS) if r.rand() < .7 else ''
            w = r.randint(90, 340)
            a = np.full((32, w, 3), r.randint(120, 255), np.uint8)
            cv2.putText(a, f'{name or "12/"} 28', (8, 26), cv2.FONT_HERSHEY_SIMPLEX, .8, (20, 20, 60), 2)
            yield dict(w=w, h=32, text=name, x=[32.] if name else [], style='fake'), a
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
        y = torch.full((1, 13, 8), -9.)
        for k, c in enumerate([12, 3, 3, 12, 3, 10, 12, 12]):
            y[0, c, k] = 9
        frames = torch.full((1, 8), -100)
        frames[0, 1] = 3
        loss, _, _ = losses.ctc(y, torch.tensor([3, 3, 10]), torch.tensor([3]), frames, 1.)
        self.assertLess(loss, .01)
        loss, _, _ = losses.ctc(y, torch.tensor([3, 10]), torch.tensor([2]), frames, 1.)
        self.assertGreater(loss, 2)
        self.assertEqual(metrics.greedy(y[0].numpy()), '33/')
        y[0, 11, 6] = 19
        self.assertEqual(metrics.greedy(y[0].numpy()), '33/?')
        old = np.full((12, 4), -9.)                # a network that does not know the covered digit
        old[[11, 7, 10, 11], range(4)] = 9
        self.assertEqual(metrics.greedy(old), '7/')
        empty, _, _ = losses.ctc(y, torch.tensor([], dtype=torch.long), torch.tensor([0]), frames, 0.)
        self.assertTrue(torch.isfinite(empty))

    def test_a_teacher_counts_where_it_is_right(self):
        def rows(*texts):                          # a column a character, blank for a space
            y = torch.full((len(texts), 13, len(texts[0])), -5.)
            for i, t in enumerate(texts):
                for k, c in enumerate(t):
                    y[i, 12 if c == ' ' else nets.ALPHABET.index(c), k] = 5
            return y

        def labels(*texts):
            return torch.tensor([nets.ALPHABET.index(c) for t in texts for c in t]), torch.tensor([len(t) for t in texts])
        same, other = rows(' 1 2 '), rows(' 1 3 ')
        self.assertLess(float(losses.follow(same, same, *labels('12'))), 1e-6)
        self.assertGreater(float(losses.follow(other, same, *labels('12'))), .5)
        self.assertEqual(float(losses.follow(other, same, *labels('13'))), 0)      # the teacher is wrong
        self.assertEqual(float(losses.follow(other, rows(' 1 ? '), *labels('1?'))), 0)   # and covered digits are not its business
        both = losses.follow(torch.cat([other, other]), torch.cat([same, same]), *labels('12', '99'))
        self.assertAlmostEqual(float(both), float(losses.follow(other, same, *labels('12'))) / 2, places=4)
        nothing = losses.follow(rows('     '), rows('     '), *labels(''))
        self.assertLess(float(nothing), 1e-6)

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

    def test_months(self):
        frames = torch.from_numpy(np.stack([targets.month_frames('DEC', [50.], 352), targets.month_frames('', [], 352)]))
        self.assertEqual(frames[0, 12], 11)
        self.assertEqual((frames[0] == 11).sum(), 3)
        self.assertEqual([int(frames[0, k]) for k in (8, 16, 6, 18)], [-100, -100, nets.NO_MONTH, nets.NO_MONTH])
        self.assertTrue((frames[1] == nets.NO_MONTH).all())
        y = torch.zeros(2, nets.NO_MONTH + 1, 88)
        y[:, nets.NO_MONTH] = 9.
        missed, _ = losses.months(y, frames)
        y[0, :, 11:14] = 0.
        y[0, 11, 11:14] = 9.
        seen, _ = losses.months(y, frames)
        self.assertLess(float(seen), .01)
        self.assertGreater(float(missed), .5)


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
            for name in (*nets.NETS, 'covered'):
                if os.path.exists(os.path.join(export.OUT, name + '.json')):
                    export.verify(name, export.OUT)

    def test_kept_checkpoints(self):
        kept = os.path.join(HERE, 'checkpoints')
        for folder in sorted(os.listdir(kept)):
            if os.path.isdir(os.path.join(kept, folder)):
                head = export.verify(folder.split('-')[0], os.path.join(kept, folder))
                self.assertEqual([o['cout'] for o in import_weights.build(head).ops if o['op'] == 'conv'][-1], head['outputs'])


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


    def test_the_covered_digit_is_added_below_all_others(self):
        torch.manual_seed(2)
        old, new, x = nets.digits(12, (1, 2, 4)), nets.digits(), torch.randn(4, 3, 32, 96)
        old(x)
        old.eval(), new.eval()
        with tempfile.TemporaryDirectory() as d:   # by way of the files, as grow.py takes them
            torch.save(dict(ema=old.state_dict()), os.path.join(d, 'old.pt'))
            subprocess.run([sys.executable, os.path.join(HERE, 'grow.py'), 'digits', 'old.pt', 'new.pt', '--added', '19'],
                           cwd=d, check=True, stdout=subprocess.DEVNULL)
            state = nets.load_weights(os.path.join(d, 'new.pt'))
        new.load_state_dict(state)
        with torch.no_grad():
            was, now = old(x), new(x)
        self.assertLess(float((was[:, :11] - now[:, :11]).abs().max()), 1e-4)
        self.assertLess(float((was[:, 11] - now[:, 12]).abs().max()), 1e-4)
        self.assertTrue(bool((now[:, 11] < now.max(1).values - 5).all()))
        for g in (old, new):
            self.assertEqual([o['cout'] for o in nets.fitting('digits', g.state_dict()).ops], [o['cout'] for o in g.ops])


class Thawing(unittest.TestCase):
    def test_a_file_says_what_network_it_is_of(self):
        for name, g in (('digits', nets.digits(12, (1, 2, 4))), ('lines', nets.lines()), ('corners', nets.corners())):
            g.eval()
            head, half = export.describe(g, 'test')
            h = import_weights.build(head)
            import_weights.restore(h, head, half)
            h.eval()
            x = torch.randn(1, 3, *g.size)
            with torch.no_grad():
                want = g(x)
                self.assertLess(float((h(x) - want).abs().max()), .02 * float(want.abs().max()) + .01)
            self.assertEqual([o.get('dropout', 0) for o in h.ops], [o.get('dropout', 0) for o in g.ops])
            self.assertEqual([type(n) for n in h.norms], [type(n) for n in g.norms])

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


class Comparing(unittest.TestCase):
    def test_lines_are_sorted_into_kinds(self):
        self.assertEqual(list(compare.kinds('hidden-bar/flat/sans', '12??')), ['covered', 'hidden-bar'])
        self.assertEqual(list(compare.kinds('date/emboss/block', '12/28')), ['plain', 'date'])
        self.assertEqual(list(compare.kinds('emboss/farrington', '1234')), ['plain', 'number emboss'])
        self.assertEqual(list(compare.kinds('hidden-sticker/laser/ocr', '1234')), ['plain', 'number hidden'])

    def test_counts(self):
        r = compare.Row()
        for want, old, new in (('12', '12', '12'), ('12', '12', '1?'), ('1???2', '12', '1??2'), ('34', '3', '34')):
            r.add(want, old, new)
        self.assertEqual((r.n, r.old, r.new, r.lost, r.won, r.seen, r.false), (4, 2, 2, 1, 1, 3, 1))
        self.assertEqual(compare.sign_test(0, 0), 1)
        self.assertAlmostEqual(compare.sign_test(1, 9), 22 / 1024)
        self.assertEqual(compare.sign_test(5, 5), 1)

    def test_both_forms_of_a_network_read_alike(self):
        torch.manual_seed(1)
        pictures = [p for _, p in fake('lines', 5, 4)]
        with tempfile.TemporaryDirectory() as d:
            g = nets.digits().eval()
            torch.save(dict(ema=g.state_dict()), os.path.join(d, 'last.pt'))
            export.write(g, 'test', d)
            got = [compare.read(compare.load(p), pictures) for p in (d, os.path.join(d, 'last.pt'))]
        self.assertEqual(got[0], got[1])

    def test_validation_counts_covered_lines_apart(self):
        task = tasks.Digits('cpu')
        records = [(np.zeros((32, 40, 3), np.uint8), t, []) for t in ('12', '?', '1?2', '12')]

        def forward(x):                            # reads 1??2 whatever it sees
            y = torch.full((len(x), 13, 1, 88), -9.)
            for k, c in enumerate([1, 11, 12, 11, 2] + [12] * 83):
                y[:, c, 0, k] = 9
            return y
        got = task.validate(forward, records)
        self.assertEqual((got['line'], got['covered'], got['seen'], got['plain'], got['false']), (0, 0, .5, 0, 1))


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


class Captures(unittest.TestCase):
    def records(self, path, n):
        r = np.random.RandomState(n)
        with open(path, 'ab') as f:
            for i in range(n):
                kind = captures.KINDS[i % len(captures.KINDS)]
                im = r.randint(0, 256, (120, 160, 3), np.uint8)
                stream.write_record(f, dict(w=160, h=120, kind=kind, family=kind, watermark=i % 3 == 0, edited=False), im)

    def test_equal_error_rate(self):
        self.assertAlmostEqual(captures.eer(np.array([0., 1, 2, 3]), np.array([2.5, 4, 5, 6])), .25)
        self.assertAlmostEqual(captures.eer(np.array([0., 1]), np.array([2., 3])), 0)

    def test_features(self):
        p = np.full((1, captures.SIDE, captures.SIDE, 3), 90, np.uint8)
        self.assertEqual(float(captures.features(p).abs().max()), 0)
        p[0, 40, 30] = 200
        f = captures.features(p)[0]
        self.assertGreater(float(f[0, 40, 30]), 0)
        self.assertLess(float(f[0, 41, 31]), 0)
        self.assertEqual(float(f[1:3].abs().max()), 0)   # a grey dot has no colour

    def test_a_file_that_grows_is_read_on(self):
        with tempfile.TemporaryDirectory() as d:
            path = os.path.join(d, 'a.bin')
            self.records(path, 5)
            rec = captures.Records([path], without=['screen'])
            self.assertEqual(len(rec), 4)
            with open(path, 'ab') as f:
                f.write(b'\1\0')                  # the generator is writing
            rec.more()
            self.assertEqual(len(rec), 4)
            with open(path, 'r+b') as f:
                f.truncate(os.path.getsize(path) - 2)
            self.records(path, 5)
            rec.more()
            self.assertEqual(len(rec), 8)

    def test_a_directory_is_looked_through_again(self):
        with tempfile.TemporaryDirectory() as d:
            self.records(os.path.join(d, 'a.bin'), 5)
            rec = captures.Records([d])
            self.assertEqual(len(rec), 5)
            self.records(os.path.join(d, 'b.bin'), 3)
            rec.more()
            self.assertEqual(len(rec), 8)

    def test_a_change_keeps_the_shape(self):
        r, p = np.random.RandomState(3), np.full((4, captures.SIDE, captures.SIDE, 3), (200, 120, 40), np.uint8)
        for _ in range(40):
            q = np.stack(capture_data.changed(p, r))
            self.assertEqual((q.shape, q.dtype), (p.shape, p.dtype))
            red, green, blue = q.mean((0, 1, 2))
            self.assertTrue(red > green > blue, f'{red:.0f}, {green:.0f}, {blue:.0f}: the order of the channels changed')

    def test_a_changed_image_stays_inside_its_frame(self):
        r, im = np.random.RandomState(3), np.zeros((128, 128, 3), np.uint8)
        im[20:108] = r.randint(1, 256, (88, 128, 3))
        for _ in range(20):
            out = capture_data.changed_whole(im, (0, 20, 128, 88), r)
            self.assertEqual(int(out[:20].max()) + int(out[108:].max()), 0)
            self.assertGreater(int(out[20:108].max()), 0)

    def test_the_front_is_all_but_the_last_layer(self):
        net = nets.texture().eval()
        with torch.no_grad():
            x = torch.randn(2, 4, 96, 96)
            y = left_out.front(net)(x)
            self.assertTrue(torch.allclose(torch.relu(net.norms[-1](net.convs[-1](y))), net(x), atol=1e-5))

    def test_a_family_is_left_out(self):
        with tempfile.TemporaryDirectory() as d:
            a, b = os.path.join(d, 'a.bin'), os.path.join(d, 'b.bin')
            self.records(a, 20), self.records(b, 15)
            torch.save(captures.Model().state_dict(), os.path.join(d, 'all.pt'))
            out = subprocess.run([sys.executable, os.path.join(HERE, 'left_out.py'), os.path.join(d, 'all.pt'), '--records', a, '--held-out', b,
                                  '--epochs', '1'], capture_output=True, text=True, check=True).stdout
            rows = [line.split(' | ') for line in out.splitlines()[2:-1]]
            self.assertEqual([r[:4] for r in rows], [[k, k, '4', '3'] for k in sorted(captures.KINDS[1:])])
            for r in rows:
                self.assertTrue(0 <= float(r[4]) <= 1 and 0 <= float(r[5]) <= 1, r)

    def test_training_writes_three_checkpoints(self):
        with tempfile.TemporaryDirectory() as d:
            path = os.path.join(d, 'a.bin')
            self.records(path, 10)
            done = subprocess.run([sys.executable, os.path.join(HERE, 'captures.py'), '--records', path, '--held-out', path,
                                   '--without', 'screenshot', '--minutes', '.01', '--batch', '4', '--out', d], capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            for name in ('texture', 'surround', 'capture'):
                g = nets.NETS[name]()
                g.load_state_dict(nets.load_weights(os.path.join(d, name + '.pt')))
            refit = os.path.join(d, 'refit')
            done = subprocess.run([sys.executable, os.path.join(HERE, 'captures.py'), '--refit', os.path.join(d, 'all.pt'),
                                   '--records', path, '--out', refit], capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertRegex(done.stderr, r'one genuine image in 200 reaches: screen -?\d')
            for name in ('texture', 'surround', 'capture'):
                was, now = (nets.load_weights(os.path.join(at, name + '.pt')) for at in (d, refit))
                same = all(torch.equal(was[k], now[k]) for k in was)
                self.assertEqual(same, name != 'capture', f'{name}: a refit changes the capture network alone')


class Training(unittest.TestCase):
    def test_every_network_trains_and_resumes(self):
        for name, kind in (('digits', 'lines'), ('months', 'months'), ('lines', 'cards'), ('corners', 'scenes')):
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
