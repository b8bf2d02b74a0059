"""The form in which a lab says what it did about what no program can close."""

from collections.abc import Mapping
from typing import Any

from wtforms import Form, TextAreaField
from wtforms.validators import Length, Optional

from coder_app.services.blinding_report_limits import LIMITS, LONGEST

_PREFIX = "said_"


class _Base(Form):
    """What all of its fields share."""

    @classmethod
    def holding(cls, said: Mapping[str, str]) -> "_Base":
        """Return the form with what was said before."""
        return cls(data={_PREFIX + code: text for code, text in said.items()})

    def texts(self) -> dict[str, str]:
        """Return what is said, by the code of what it is about."""
        return {code: self[_PREFIX + code].data or "" for code in LIMITS}


def _fields() -> dict[str, Any]:
    length = Length(max=LONGEST, message=f"At most {LONGEST:,} characters.")
    return {_PREFIX + code: TextAreaField(title, [Optional(), length]) for code, title in LIMITS.items()}


LabForm = type("LabForm", (_Base,), _fields())
