"""What a lead decides about the coder's room of a study, the same for all its coders."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

SPEEDS = (0.75, 1.0, 1.25, 1.5)


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
