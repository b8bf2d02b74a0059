"""What the report tells of an act beside who and when: counts, seeds, hashes, never a name or a code."""

from collections.abc import Callable, Mapping
from typing import Any

from coder_app.services.acts import LOCK, UNMASK
from coder_app.services.blinding_report_trail import (
    ALLOT,
    PARTICIPANTS,
    PLAN,
    RECORDINGS,
    SCORES,
    TRAIN,
    Step,
)
from coder_app.services.guess_asking import ASK
from coder_app.services.repeat_making import SET_UP
from coder_app.web.numbers import count

# act: (what its payload must say, how that is told); a payload that lacks any of it is not told
_DETAILS: dict[str, tuple[tuple[str, ...], Callable[[Mapping[str, Any]], str]]] = {
    PARTICIPANTS: (("dyads",), lambda said: count(said["dyads"], "dyad")),
    SCORES: (
        ("values", "dyads"),
        lambda said: f"{count(said['values'], 'score')} of {count(said['dyads'], 'dyad')}",
    ),
    RECORDINGS: (("imported", "practice"), lambda said: _imported(said)),
    TRAIN: (
        ("recordings", "forms"),
        lambda said: f"{count(said['recordings'], 'recording')}, {count(said['forms'], 'form')}",
    ),
    ALLOT: (
        ("recordings", "subset", "forms", "seed"),
        lambda said: (
            f"{count(said['recordings'], 'recording')}, {said['subset']:,} of them to every coder, "
            f"{count(said['forms'], 'form')}; seed {said['seed']}"
        ),
    ),
    SET_UP: (
        ("share", "least_days", "seed"),
        lambda said: f"share {said['share']:g}, {said['least_days']} days apart; seed {said['seed']}",
    ),
    LOCK: (("forms",), lambda said: f"{count(said['forms'], 'form')}, all submitted"),
    PLAN: (("sha256",), lambda said: f"SHA-256 {said['sha256']}"),
    ASK: (
        ("coders", "each", "seed"),
        lambda said: f"{count(said['coders'], 'coder')}, {said['each']} recordings each; seed {said['seed']}",
    ),
    UNMASK: (
        ("version", "reason"),
        lambda said: f"on version {said['version']} of the plan; reason: “{said['reason']}”",
    ),
}


def tell_detail(step: Step) -> str:
    """Return what an act's payload says, as far as the report tells it; nothing where a part is missing."""
    needed, tell = _DETAILS.get(step.act, ((), lambda said: ""))
    said = step.payload or {}
    return tell(said) if said and all(said.get(name) is not None for name in needed) else ""


def _imported(said: Mapping[str, Any]) -> str:
    practice = said["practice"]
    return count(said["imported"], "recording") + (f", {practice:,} of them for practice" if practice else "")
