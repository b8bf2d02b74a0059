"""The phases of a study, in one transition table."""

from enum import StrEnum


class Phase(StrEnum):
    """Where a study stands; nothing leads back."""

    SETUP = "setup"
    CODING = "coding"
    LOCKED = "locked"
    UNMASKED = "unmasked"


# The phases in which forms are rated: those of a training round before the sample is allotted.
OPEN_PHASES = frozenset({Phase.SETUP, Phase.CODING})

NEXT: dict[Phase, Phase] = {
    Phase.SETUP: Phase.CODING,
    Phase.CODING: Phase.LOCKED,
    Phase.LOCKED: Phase.UNMASKED,
}


class PhaseError(Exception):
    """An act that the study's present phase does not allow."""


def check_moves(phase: Phase, target: Phase) -> None:
    """Raise PhaseError unless `target` is the phase that follows `phase`."""
    if NEXT.get(phase) != target:
        raise PhaseError(f"A study cannot go from {phase} to {target}.")
