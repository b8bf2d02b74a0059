"""Who attended a treatment session, in English or Dutch, as one of three things."""

import re

CHILD, CHILD_AND_PARENT, PARENT_ALONE = "child", "child and parent", "parent alone"
ATTENDANCES = (CHILD, CHILD_AND_PARENT, PARENT_ALONE)


def _words(text: str) -> tuple[str, ...]:
    """The words of a list that is easier to read as a sentence."""
    return tuple(text.split())


_CHILD = frozenset(_words("child children client kid youth patient kind cliënt cliente jongere jeugdige"))
_PARENT = frozenset(
    _words(
        "parent parents mother father mom mum dad caregiver caregivers ouder ouders moeder vader mama "
        "papa verzorger verzorgers opvoeder opvoeders"
    )
)
_ALONE = frozenset(["alone", "only", "alleen", "enkel", "apart"])
_BOTH = frozenset(["both", "beide", "beiden", "allebei"])
_JOINING = frozenset(_words("and with plus en met the a de het samen together"))
_WORD = re.compile(r"[^\W\d_]+")


def read_attendance(text: str) -> str | None:
    """Return who attended, None where the words do not say it for sure.

    "Parent" without "alone" says not that the child was away, on which the numbering of sessions hangs.
    """
    words = set(_WORD.findall(text.casefold()))
    if not words or words - _CHILD - _PARENT - _ALONE - _JOINING - _BOTH or re.search(r"[\d?]", text):
        return None
    if words <= _BOTH | _JOINING and words & _BOTH:
        return CHILD_AND_PARENT
    with_child, with_parent, alone = words & _CHILD, words & _PARENT, words & _ALONE
    if with_child and with_parent:
        return None if alone else CHILD_AND_PARENT
    if with_child:
        return CHILD
    return PARENT_ALONE if with_parent and alone else None


_PROPOSED = {
    **dict.fromkeys(("k", "c", "kd", "ch"), CHILD),
    **dict.fromkeys(("k+o", "ko", "k&o", "k/o", "c+p", "cp", "c&p", "o+k", "p+c"), CHILD_AND_PARENT),
    **dict.fromkeys(("o", "p", "oa", "pa"), PARENT_ALONE),
}


def propose_attendance(text: str) -> str | None:
    """Return what a short or doubtful word probably stands for, to be confirmed by a person."""
    sure = read_attendance(text)
    if sure is not None:
        return sure
    plain = text.casefold().replace(" ", "")
    if plain in _PROPOSED:
        return _PROPOSED[plain]
    words = set(_WORD.findall(text.casefold()))
    return PARENT_ALONE if words and words <= _PARENT | _JOINING and words & _PARENT else None
