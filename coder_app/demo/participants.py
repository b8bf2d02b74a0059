"""The demo's dyads and therapists, drawn from a seed."""

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Participant:
    """One dyad with what is known of its child and its therapist."""

    dyad: str
    child_age: int
    child_gender: str
    condition: str
    therapist: str
    therapist_age: int
    therapist_gender: str
    therapist_experience_years: int


def draw_participants(n_dyads: int, n_therapists: int, seed: int) -> tuple[Participant, ...]:
    """Return the dyads in order; every therapist has at least one, as long as there are enough."""
    draw = random.Random(f"participants {seed}")
    therapists = [_draw_therapist(draw, number) for number in range(1, n_therapists + 1)]
    treating = therapists + draw.choices(therapists, k=max(0, n_dyads - n_therapists))
    draw.shuffle(treating)
    return tuple(
        Participant(
            dyad=f"D{number:03d}",
            child_age=draw.randint(7, 13),
            child_gender=draw.choice("fm"),
            condition=draw.choice(("CBT", "TAU")),
            **therapist,
        )
        for number, therapist in zip(range(1, n_dyads + 1), treating, strict=False)
    )


def _draw_therapist(draw: random.Random, number: int) -> dict[str, str | int]:
    age = draw.randint(26, 61)
    return {
        "therapist": f"T{number:02d}",
        "therapist_age": age,
        "therapist_gender": draw.choices("fm", (4, 1))[0],
        "therapist_experience_years": draw.randint(0, age - 25),
    }
