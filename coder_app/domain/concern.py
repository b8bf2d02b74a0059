"""When a report to the safeguarding contact can stand, and the reference by which people speak of it."""

import re

from coder_app.domain.sentences import Sentence, say
from coder_app.domain.stretches import write_position

LONGEST = 4000
# Of the random id's 32 hexadecimal digits: few enough to be dictated, enough to be one of its kind.
_DIGITS = 8


def write_reference(public_id: str) -> str:
    """Return a concern's reference, as 3F9A-21BC: the beginning of its random id."""
    start = public_id[:_DIGITS].upper()
    return f"{start[: _DIGITS // 2]}-{start[_DIGITS // 2 :]}"


def read_reference(text: str) -> str | None:
    """Return the beginning of the id that a reference stands for, None when it is no reference."""
    plain = re.sub(r"[\s-]", "", text).lower()
    return plain if re.fullmatch(rf"[0-9a-f]{{{_DIGITS}}}", plain) else None


def find_fault(text: str, at_ms: int | None, length_ms: int) -> Sentence | None:
    """Return why a report about a recording of this length cannot stand, None when it can."""
    if not text:
        return say("Write what you heard and what worries you.")
    if len(text) > LONGEST:
        return say("This is longer than %(most)s characters.", most=LONGEST)
    if at_ms is not None and not 0 <= at_ms <= length_ms:
        end = write_position(length_ms // 1000 * 1000).removesuffix(".0")
        return say("This time is not within the recording, which ends at %(end)s.", end=end)
    return None
