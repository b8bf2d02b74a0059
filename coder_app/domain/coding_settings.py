"""What a lead decides about the coder's room of a study, the same for all its coders."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from coder_app.domain.phases import Phase

SPEEDS = (0.75, 1.0, 1.25, 1.5)
CAPS = (1.0, 1.25, 1.5)
LONGEST_NAME, LONGEST_WAY = 120, 300


@dataclass(frozen=True)
class CodingSettings:
    """How coders listen, and whom they turn to when a child may not be safe.

    `minimum_heard` is a share from 0 to 1; below it a form needs a written reason to be submitted.
    `one_listening` lets a coder of two scales rate both while listening once.
    """

    speed_cap: float = 1.25
    minimum_heard: float = 0.9
    one_listening: bool = False
    contact_name: str = ""
    contact_reached: str = ""

    @classmethod
    def from_mapping(cls, stored: Mapping[str, Any]) -> "CodingSettings":
        """Return the settings that a study has stored; what it has not is as for a new study."""
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in stored.items() if name in known})

    def to_mapping(self) -> dict[str, Any]:
        """Return what a study stores."""
        return asdict(self)

    @property
    def speeds(self) -> tuple[float, ...]:
        """The speeds that coders may listen at, of which 1 is always one."""
        return tuple(speed for speed in SPEEDS if speed <= max(self.speed_cap, 1.0))


def find_fault(settings: CodingSettings) -> str | None:
    """Return why these settings cannot stand, None when they can."""
    if settings.speed_cap not in CAPS:
        return f"The fastest speed is one of {', '.join(f'{cap:g}' for cap in CAPS)}."
    if not 0 <= settings.minimum_heard <= 1:
        return "The share that has to be heard goes from 0 to 100 per cent."
    if len(settings.contact_name) > LONGEST_NAME:
        return f"The contact's name is longer than {LONGEST_NAME} characters."
    if len(settings.contact_reached) > LONGEST_WAY:
        return f"How the contact is reached is longer than {LONGEST_WAY} characters."
    if bool(settings.contact_name) != bool(settings.contact_reached):
        return "A contact needs both: a name, and how to reach the person."
    return None


def find_bar(old: CodingSettings, new: CodingSettings, phase: Phase) -> str | None:
    """Return why a change comes too late, None when it does not; the contact can always change."""
    if new.one_listening != old.one_listening and phase is not Phase.SETUP:
        return "The recordings are allotted: how often a coder listens stays as it is."
    how = (old.speed_cap, old.minimum_heard) != (new.speed_cap, new.minimum_heard)
    if how and phase not in (Phase.SETUP, Phase.CODING):
        return "Coding is locked: how coders listen stays as it is on record."
    return None
