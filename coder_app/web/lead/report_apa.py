"""Statistics in running text as APA sets them: symbols in italics, with their subscripts."""

import re

from markupsafe import Markup, escape

# Symbols of statistics before what they equal, before degrees of freedom, or alone; Greek ones stay upright.
_BEFORE = r"\s?(?:=|&lt;|&gt;)|\((?:\d|df|SD)| \[|, [a-z]+$|$"
_SYMBOL = re.compile(rf"(?<![\w’-])(Mdn|SD|SEM|SDC|F|M|N|n|p|t|r|d|g|b|k|df)(?={_BEFORE})")
_SUBSCRIPTS = {
    "ηp²": "η<sub>p</sub><sup>2</sup>",
    "ηG²": "η<sub>G</sub><sup>2</sup>",
    "ωt": "ω<sub>t</sub>",
    "d_av": "<i>d</i><sub>av</sub>",
    "d_z": "<i>d</i><sub>z</sub>",
}
_SUBSCRIPT = re.compile("|".join(map(re.escape, _SUBSCRIPTS)))


def italicise(text: str) -> Markup:
    """Return the text as HTML, everything else escaped."""
    escaped = _SYMBOL.sub(r"<i>\1</i>", str(escape(text)))
    return Markup(_SUBSCRIPT.sub(lambda found: _SUBSCRIPTS[found[0]], escaped))  # noqa: S704
