import unittest

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


if __name__ == "__main__":
    unittest.main()
