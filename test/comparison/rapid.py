"""Reads images with RapidOCR: a line of JSON for each path on standard input.

The numbers of threads are set to one, everything else is RapidOCR's default. Beside
its lines it gives those that it reads if it turns no line that it takes to be upside
down; without such a line they are the same, and the time is that of one reading.
"""

import json
import logging
import resource
import sys

import cv2
from rapidocr import RapidOCR

cv2.setNumThreads(1)
logging.disable(logging.WARNING)
engine = RapidOCR(params={
    "EngineConfig.onnxruntime.intra_op_num_threads": 1,
    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
})
turned = False
classify = engine.cls_and_rotate


def classify_and_note(images):
    """RapidOCR's step that turns lines, which notes whether it turned one."""
    global turned
    upright, result = classify(images)
    turned = any("180" in label for label, _ in result.cls_res or [])
    return upright, result


engine.cls_and_rotate = classify_and_note


def read(path, **options):
    global turned
    turned = False
    result = engine(path, **options)
    if result.txts is None:
        return []
    return [{"text": text, "box": [[float(x), float(y)] for x, y in box]} for text, box in zip(result.txts, result.boxes)]


for line in sys.stdin:
    path = line.rstrip("\n")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    lines = read(path)
    after = resource.getrusage(resource.RUSAGE_SELF)
    upright = read(path, use_cls=False) if turned else lines
    print(json.dumps({"lines": lines, "upright": upright, "seconds": after.ru_utime - before, "rss": after.ru_maxrss}), flush=True)
