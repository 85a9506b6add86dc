"""Reads images with RapidOCR: a line of JSON for each path on standard input.

The numbers of threads are set to one, everything else is RapidOCR's default. With
--upright it does not turn lines that it takes to be upside down.
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
    "Global.use_cls": "--upright" not in sys.argv,
    "EngineConfig.onnxruntime.intra_op_num_threads": 1,
    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
})

for path in sys.stdin:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    result = engine(path.rstrip("\n"))
    after = resource.getrusage(resource.RUSAGE_SELF)
    lines = []
    if result.txts is not None:
        lines = [{"text": text, "box": [[float(x), float(y)] for x, y in box]} for text, box in zip(result.txts, result.boxes)]
    print(json.dumps({"lines": lines, "seconds": after.ru_utime - before, "rss": after.ru_maxrss}), flush=True)
