"""Numbers as people write them, read a column at a time: one cell cannot tell its decimal mark."""

import re
from collections.abc import Iterable
from decimal import Decimal

MISSING = frozenset({"", ".", "na", "n/a", "nan", "#n/a", "#null!"})

_POINT = re.compile(r"[+-]?[0-9]*\.[0-9]+")
_COMMA = re.compile(r"[+-]?[0-9]*,[0-9]+")
_WHOLE = re.compile(r"[+-]?[0-9]+")
_THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2}(,[0-9]{3})+")
_BOTH = re.compile(r"[+-]?[0-9.,]*(\.[0-9]*,|,[0-9]*\.)[0-9.,]*")


class NotANumber(ValueError):  # noqa: N818 - reads as the sentence that it is
    """A text that cannot be read as one number; the message is a sentence for the person whose file it is."""


def is_missing(text: str) -> bool:
    """Whether the text stands for an absent number."""
    return text.casefold() in MISSING


def looks_like_number(text: str) -> bool:
    """Whether the text is one number, with a decimal point, a decimal comma or neither."""
    return any(form.fullmatch(text) for form in (_WHOLE, _POINT, _COMMA))


class NumberColumn:
    """The numbers of one column, which share one decimal mark."""

    def __init__(self, texts: Iterable[str], delimiter: str) -> None:
        self._with_comma = self._with_point = False
        # "1,234" between commas as separators may be an English thousand; one "3,5" beside it settles that.
        self._only_thousands = delimiter == ","
        self.notice(texts)

    def notice(self, texts: Iterable[str]) -> None:
        """Learn the decimal mark from more texts of the column."""
        for text in texts:
            if "," in text:
                if _COMMA.fullmatch(text):
                    self._with_comma = True
                    self._only_thousands = self._only_thousands and bool(_THOUSANDS.fullmatch(text))
            elif not self._with_point and "." in text and _POINT.fullmatch(text):
                self._with_point = True

    @property
    def decimal_comma(self) -> bool:
        """Whether the numbers of the column have decimal commas."""
        return self._with_comma and not self._with_point and not self._only_thousands

    def read(self, text: str) -> float | None:
        """Return the number, None where it is missing, or raise NotANumber with a sentence."""
        if is_missing(text):
            return None
        if _WHOLE.fullmatch(text) or _POINT.fullmatch(text):
            return float(text)
        if _COMMA.fullmatch(text):
            return self._read_comma(text)
        if _BOTH.fullmatch(text):
            raise NotANumber(
                f"“{text}” has both a point and a comma, so that its decimals cannot be told. "
                "Write it without separators between thousands."
            )
        raise NotANumber(f"“{text}” is not a number. Write digits with one decimal point or comma at most.")

    def _read_comma(self, text: str) -> float:
        if self._with_point:
            raise NotANumber(
                f"“{text}” has a decimal comma where other numbers of the column have a decimal point. "
                "Use one of the two in the whole column."
            )
        if self._only_thousands:
            raise NotANumber(
                f"“{text}” may have decimals or thousands behind its comma. "
                "Write decimals with a point, and thousands without a separator."
            )
        return float(text.replace(",", "."))


def read_whole(text: str) -> int | None:
    """Return a whole number of at most four digits written as 9, 09, 9.0 or 9,0, otherwise None."""
    found = re.fullmatch(r"\+?0*([0-9]{1,4})([.,]0*)?", text)
    return int(found[1]) if found else None


def write_plain(number: float) -> str:
    """Write a stored number as it was typed: 4.4167 for 4.4166999999999996, 42 for 42.0, no exponent."""
    text = f"{number:.15g}"
    if "e" in text:
        text = f"{Decimal(text):f}"
    return "0" if text == "-0" else text
