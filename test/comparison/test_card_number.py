import tempfile
import unittest
from pathlib import Path

import card_number
import compare


def line(text, x=0, y=0):
    return {"text": text, "box": [[x, y], [x + 10 * len(text), y], [x + 10 * len(text), y + 20], [x, y + 20]]}


class CardNumber(unittest.TestCase):
    def test_lines(self):
        for lines, want in (
            ([], ""),
            ([line("VALID THRU 12/28")], ""),
            ([line("6222 0212 3456 7894")], "6222021234567894"),
            ([line("6222O212 3456 7B94")], "6222021234567894"),  # O and B among digits
            ([line("6222"), line("0212", 50, 2), line("3456 7894", 100, 1)], "6222021234567894"),  # cut at its spaces
            ([line("6222 0212"), line("3456 7894", 50, 40)], ""),  # not side by side
            ([line("123456789012"), line("6222021234567894", 0, 40)], "6222021234567894"),  # 16 digits and a valid check digit
            ([line("12345678901234567890")], ""),  # too long for a card number
        ):
            self.assertEqual(card_number.card_number(lines), want, [each["text"] for each in lines])

    def test_all_digits(self):
        self.assertEqual(card_number.all_digits([line("34", 50), line("1Z", 0), line("VALID", 20)]), "1234")

    def test_verdict(self):
        for printed, number, want in (
            ("6222021234567894", "6222021234567894", "exact"),
            ("6222021234567894", "6222021234567895", "wrong"),
            ("6222021234567894", "", "refused"),
            ("622202123456789?", "622202123456789", "exact"),
            ("62220212345678??", "6222021234567899", "exact"),
            ("62220212345678??", "6222021234567", "wrong"),
        ):
            self.assertEqual(compare.verdict(printed, number), want, (printed, number))

    def test_sample(self):
        with tempfile.TemporaryDirectory() as name:
            rows = ["file\tkind\tnumber_as_printed"] + [f"{g}/{i}.jpg\tcard\t6222 {i}" for g, n in (("a", 5), ("b", 2)) for i in range(n)]
            Path(name, "labels.tsv").write_text("\n".join(rows + ["a/9.jpg\tcard\t-"]))
            for step, limit, want in (
                (1, None, ["a/0", "b/0", "a/1", "b/1", "a/2", "a/3", "a/4"]),
                (2, None, ["a/0", "b/0", "a/2", "a/4"]),
                (1, 2, ["a/0", "b/0", "a/1", "b/1"]),
            ):
                got = [f"{group}/{path.stem}" for path, group, _ in compare.sample([Path(name)], step, limit)]
                self.assertEqual(got, want, (step, limit))


if __name__ == "__main__":
    unittest.main()
