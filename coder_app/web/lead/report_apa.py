"""Statistics in running text, set in italics as APA asks."""

import re

from markupsafe import Markup, escape

# Symbols of statistics before what they equal, before degrees of freedom, or alone; Greek ones stay upright.
_BEFORE = r"\s?(?:=|&lt;|&gt;)|\((?:\d|df|SD)| \[|, [a-z]+$|$"
_SYMBOL = re.compile(rf"(?<![\w’-])(Mdn|SD|SEM|SDC|F|M|N|n|p|t|r|d|g|b|k|df)(?={_BEFORE})")


def italicise(text: str) -> Markup:
    """Return the text with its symbols in italics, everything else escaped."""
    return Markup(_SYMBOL.sub(r"<i>\1</i>", str(escape(text))))  # noqa: S704
