"""What is known of each dyad's child and therapist; standard library only, so that pages may ask."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

DYAD, THERAPIST = "dyad", "therapist"
# By these names a covariate says who the therapist is.
THERAPISTS = ("therapist", "therapist_id", "therapist id")

Value = str | float
Known = Mapping[str, Mapping[str, Value]]


def list_covariates(known: Known) -> list[str]:
    """Return the names of all covariates, sorted; `known` holds them by dyad."""
    return sorted({name for values in known.values() for name in values})


def guess_therapist(names: Iterable[str]) -> str | None:
    """Return the covariate that says who the therapist is, None without one."""
    return min((name for name in names if name.casefold() in THERAPISTS), key=len, default=None)


def guess_of_therapist(known: Known, therapist: str | None) -> tuple[str, ...]:
    """Return the covariates that are the therapist's: the name says so, and each therapist has one value.

    Parameters
    ----------
    known : covariates by dyad
    therapist : the covariate that says who the therapist is; without it no covariate is a therapist's
    """
    if therapist is None:
        return ()
    return tuple(
        name
        for name in list_covariates(known)
        if name != therapist
        and name.casefold().startswith(THERAPIST)
        and not find_differing(known, therapist, name)
    )


def find_differing(known: Known, therapist: str, name: str) -> tuple[str, ...]:
    """Return the therapists of whom more than one value of a covariate is known."""
    seen: dict[Value, set[Value]] = defaultdict(set)
    for values in known.values():
        if therapist in values and name in values:
            seen[values[therapist]].add(values[name])
    return tuple(sorted(write_value(who) for who, found in seen.items() if len(found) > 1))


def write_value(value: Value) -> str:
    """Write a value as it stands in a table."""
    return value if isinstance(value, str) else f"{value:.10g}"
