"""Reads the same images with kahao, RapidOCR and Tesseract, and compares.

    python3 compare.py --kahao ./kahao --out results.jsonl DIR...

DIR has images and labels.tsv, or labels.jsonl as "kahao synth" writes it. Each
image is read by all engines, one after the other, by one thread. A run that was
stopped goes on where it was. --report prints the table of what was read.
"""

import argparse
import itertools
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import card_number as rule

HERE = Path(__file__).parent
ONE_THREAD = dict(os.environ, OMP_NUM_THREADS="1", OMP_THREAD_LIMIT="1", GOMAXPROCS="1", OPENBLAS_NUM_THREADS="1")
STRIPS = "strips"  # the directory of line crops
ENGINES = ["kahao", "rapidocr", "rapidocr upright", "tesseract"]


def labels(directory):
    """The images with a number: path, group and the number as printed."""
    tsv, jsonl = directory / "labels.tsv", directory / "labels.jsonl"
    if tsv.exists():
        header, *rows = [line.split("\t") for line in tsv.read_text().splitlines()]
        for row in rows:
            label = dict(zip(header, row))
            if any(c.isdigit() for c in label["number_as_printed"]):
                yield directory / label["file"], label["file"].split("/")[0], label["number_as_printed"].replace(" ", "")
        return
    for line in jsonl.read_text().splitlines():
        label = json.loads(line)
        if len(label["cards"]) == 1 and label["cards"][0]["number"]:
            yield directory / label["file"], directory.name, label["cards"][0]["number"]


def sample(directories, step=1, limit=None, only=None):
    """The images to read. The groups take turns, so that a run that is stopped has
    read as many of each."""
    groups = {}
    for directory in directories:
        for image in labels(directory):
            if not only or image[1] in only:
                groups.setdefault(image[1], []).append(image)
    turns = itertools.zip_longest(*(images[::step][:limit] for images in groups.values()))
    return list(filter(None, itertools.chain.from_iterable(turns)))


def run(*command):
    """Runs a command: its output, its user CPU seconds and its memory in KiB."""
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.DEVNULL, env=ONE_THREAD)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        return out.read().decode(), usage.ru_utime, usage.ru_maxrss


def answer(path, lines):
    """What the lines of an engine say: of a card its number, of a strip, which has a
    part of one, all digits."""
    return rule.all_digits(lines) if path.parent.name == STRIPS else rule.card_number(lines)


class Kahao:
    def __init__(self, binary):
        self.binary = binary

    def read(self, path):
        if path.parent.name == STRIPS:
            return self.strip(path)
        out, seconds, rss = run(self.binary, "read", "--json", "--reveal", "--jobs", "1", "--quiet", str(path))
        cards = json.loads(out)["cards"]
        best = max(cards, key=lambda c: c["confidence"], default={"number": "", "verdict": "reject"})
        return {"number": best["number"], "accepted": best["verdict"] == "accept", "seconds": seconds, "rss": rss}

    def strip(self, path):
        """A part of a line, which only the library reads, and kahao eval by it."""
        out, seconds, rss = run(self.binary, "eval", "--json", "--jobs", "1", "--only", f"{STRIPS}/{path.name}", str(path.parent.parent))
        row = json.loads(out)["report"]["slices"][0]
        outcome = next(v for v in ("exact", "wrong", "refused") if row[v]["count"])
        return {"verdict": outcome, "accepted": row["accepted"]["count"] > 0, "seconds": seconds, "rss": rss}


class Rapid:
    """RapidOCR as it is, and without its step that turns lines: one reading gives both."""

    def __init__(self, python):
        self.process = subprocess.Popen([python, str(HERE / "rapid.py")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=ONE_THREAD)
        self.path, self.result = None, None

    def read(self, path, lines="lines"):
        if self.path != path:
            self.process.stdin.write(f"{path}\n")
            self.process.stdin.flush()
            self.path, self.result = path, json.loads(self.process.stdout.readline())
        return {"number": answer(path, self.result[lines]), "seconds": self.result["seconds"], "rss": self.result["rss"]}


class RapidUpright:
    def __init__(self, rapid):
        self.rapid = rapid

    def read(self, path):
        return self.rapid.read(path, "upright")


class Tesseract:
    """Sparse text (--psm 11): the number stands alone on a card, in no paragraph."""

    def read(self, path):
        out, seconds, rss = run("tesseract", str(path), "-", "-l", "eng", "--psm", "11", "tsv")
        lines = {}
        for row in out.splitlines()[1:]:
            f = row.split("\t")
            if len(f) == 12 and f[0] == "5" and f[11].strip():
                lines.setdefault(tuple(f[1:5]), []).append((*map(int, f[6:10]), f[11]))
        found = []
        for words in lines.values():
            x0, y0 = min(w[0] for w in words), min(w[1] for w in words)
            x1, y1 = max(w[0] + w[2] for w in words), max(w[1] + w[3] for w in words)
            found.append({"text": " ".join(w[4] for w in words), "box": [[x0, y0], [x1, y0], [x1, y1], [x0, y1]]})
        return {"number": answer(path, found), "seconds": seconds, "rss": rss}


def verdict(printed, number):
    """Whether a number is exact. A "?" on the card is a hidden digit: any is right."""
    if not number:
        return "refused"
    # A digit that kahao reports as hidden is right there, too.
    pattern = printed.replace("?", "[^ ]?")
    return "exact" if re.fullmatch(pattern, number) else "wrong"


def report(results):
    groups = {}
    for r in results:
        for group in (r["group"], "all"):
            if r["group"] == STRIPS and group == "all":
                continue  # a part of a number is no number
            groups.setdefault((group, r["engine"]), []).append(r)
            if r["engine"] == "kahao":
                accepted = dict(r, verdict=r["verdict"] if r["accepted"] else "refused")
                groups.setdefault((group, "kahao, accepted"), []).append(accepted)
    print(f"{'images':10} {'engine':16} {'n':>4} {'exact':>6} {'wrong':>6} {'refused':>7} {'s/image':>8} {'MiB':>6}")
    for (group, engine), rows in sorted(groups.items()):
        count = {v: sum(r["verdict"] == v for r in rows) for v in ("exact", "wrong", "refused")}
        seconds = sum(r["seconds"] for r in rows) / len(rows)
        print(f"{group:10} {engine:16} {len(rows):4} {count['exact']:6} {count['wrong']:6} {count['refused']:7} {seconds:8.2f} {max(r['rss'] for r in rows) / 1024:6.0f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dirs", nargs="*", type=Path)
    parser.add_argument("--kahao", default="kahao", help="the binary")
    parser.add_argument("--python", default=sys.executable, help="the Python with RapidOCR")
    parser.add_argument("--out", type=Path, required=True, help="the readings, as JSON Lines; numbers are not in it")
    parser.add_argument("--step", type=int, default=1, help="read every nth image of a group")
    parser.add_argument("--limit", type=int, help="read so many images of a group")
    parser.add_argument("--only", action="append", help="read this group; may be repeated")
    parser.add_argument("--report", action="store_true", help="print the table and read nothing")
    options = parser.parse_args()
    results = [json.loads(line) for line in options.out.read_text().splitlines()] if options.out.exists() else []
    if not options.report:
        rapid = Rapid(options.python)
        engines = dict(zip(ENGINES, (Kahao(options.kahao), rapid, RapidUpright(rapid), Tesseract())))
        done = {(r["file"], r["engine"]) for r in results}
        with options.out.open("a") as out:
            for path, group, printed in sample(options.dirs, options.step, options.limit, options.only):
                for name, engine in engines.items():
                    if (f"{group}/{path.name}", name) in done:
                        continue
                    reading = engine.read(path)
                    outcome = reading.get("verdict") or verdict(printed, reading["number"])
                    result = dict(reading, file=f"{group}/{path.name}", group=group, engine=name, verdict=outcome)
                    result.pop("number", None)
                    results.append(result)
                    print(json.dumps(result), file=out, flush=True)
    complete = {}
    for r in results:
        complete.setdefault(r["file"], []).append(r)
    report([r for rs in complete.values() if len(rs) == len(ENGINES) for r in rs])


if __name__ == "__main__":
    main()
