"""The rule that turns the lines of a general OCR engine into a card number."""

import re

# Letters that engines give in place of a digit, in a word that is mostly digits.
LOOKALIKES = str.maketrans({"O": "0", "o": "0", "D": "0", "Q": "0", "I": "1", "l": "1", "|": "1", "!": "1", "Z": "2", "S": "5", "B": "8"})

# Twelve to nineteen digits, as ISO/IEC 7812 has them, with spaces and the like between.
NUMBER = re.compile(r"(?<!\d)\d(?:[ .·・\-_—]*\d){11,18}(?!\d)")


def luhn(digits):
    total = 0
    for i, digit in enumerate(map(int, reversed(digits))):
        if i % 2:
            digit = digit * 2 - 9 * (digit > 4)
        total += digit
    return total % 10 == 0


def digits_of(word):
    """A word with its lookalikes replaced, if at least half of it are digits."""
    if 2 * sum(c.isdigit() for c in word) < len(word):
        return word
    return word.translate(LOOKALIKES)


def rows(lines):
    """The texts of the lines, and of the lines that stand side by side."""
    boxes = []
    for line in lines:
        xs, ys = zip(*line["box"])
        boxes.append((min(ys), max(ys), min(xs), line["text"]))
    texts = [text for *_, text in boxes]
    for top, bottom, _, _ in boxes:
        middle = (top + bottom) / 2
        beside = [b for b in boxes if b[0] < middle < b[1]]
        texts.append(" ".join(b[3] for b in sorted(beside, key=lambda b: b[2])))
    return texts


def all_digits(lines):
    """All digits of the lines, from left to right."""
    ordered = sorted(lines, key=lambda line: min(x for x, _ in line["box"]))
    return "".join(re.sub(r"\D", "", digits_of(word)) for line in ordered for word in line["text"].split())


def card_number(lines):
    """The number that the lines show, or "".

    Of all runs of 12 to 19 digits the best is taken: one with a valid check digit
    before others, then one of 16 or 19 digits, then the longest, then the first.
    """
    found = []
    for text in rows(lines):
        text = " ".join(digits_of(word) for word in text.split())
        found += [re.sub(r"\D", "", m) for m in NUMBER.findall(text)]
    if not found:
        return ""
    return max(found, key=lambda n: (luhn(n), len(n) in (16, 19), len(n)))
