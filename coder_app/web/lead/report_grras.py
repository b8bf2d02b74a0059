"""The 15 items of GRRAS (Kottner et al., 2011): what a study knows of each, and what is for its authors."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from coder_app.services import drift, repeat
from coder_app.web.numbers import count, percent
from coder_app.web.words import in_words


@dataclass(frozen=True)
class GrrasFacts:
    """What items are filled from; `tables` are numbers of tables of the report by what they hold."""

    content: Mapping[str, Any] | None
    beside: Mapping[str, Mapping[str, Any]]
    n_dyads: int | None
    tables: Mapping[str, str]

    @property
    def scales(self) -> list[dict[str, Any]]:
        """The instruments that two coders have submitted recordings of."""
        return [one for one in (self.content or {}).get("instruments", []) if one["n_recordings"]]

    @property
    def coding(self) -> Mapping[str, Any]:
        """How the ratings came about."""
        return (self.content or {}).get("coding") or {}


@dataclass(frozen=True)
class Item:
    """One item: what it wants, what is filled in, and what stays open."""

    number: int
    part: str
    wanted: str
    filled: str | None
    open: str | None


Filler = Callable[[GrrasFacts], tuple[str | None, str | None]]


def fill_grras(facts: GrrasFacts) -> tuple[Item, ...]:
    """Return all 15 items; each is filled, open, or both."""
    return tuple(
        Item(number, part, wanted, *fill(facts))
        for number, (part, wanted, fill) in enumerate(_ITEMS, start=1)
    )


def _title(facts: GrrasFacts) -> tuple[str | None, str | None]:
    kinds = "agreement between coders" + (" and of coders with themselves" if _came_back(facts) else "")
    return None, f"name {kinds} as a subject of the study in its title or abstract."


def _instrument(facts: GrrasFacts) -> tuple[str | None, str | None]:
    told = [
        f"{one['name']} (version {one['version']}): {count(len(one['items']), 'item')} from "
        f"{one['lowest']} to {one['highest']}, {count(len(one['subscales']), 'subscale')}{_segments(one)}"
        for one in facts.scales
    ]
    filled = f"{'; '.join(told)}." if told else None
    return filled, "what the instrument measures, where it comes from, and its manual."


def _subjects(facts: GrrasFacts) -> tuple[str | None, str | None]:
    filled = None
    if facts.n_dyads is not None:
        rounds = facts.coding.get("rounds", ())
        recordings = (
            count(sum(one["n_recordings"] for one in rounds), "recording") if rounds else "Recordings"
        )
        dyads = count(facts.n_dyads, "dyad")
        filled = f"{recordings} of treatment sessions, from a study of {dyads}; see the flow."
    return filled, "the patients and treatments to which the results should apply."


def _raters(facts: GrrasFacts) -> tuple[str | None, str | None]:
    teams = [f"{count(len(one['coders']), 'coder')} on the {one['name']}" for one in facts.scales]
    return (f"{in_words(teams)}." if teams else None), (
        "which coders these stand for (profession, experience), and how they were chosen."
    )


def _known(facts: GrrasFacts) -> tuple[str | None, str | None]:
    return None, "earlier figures of these instruments, and why reliability was studied again."


def _size(facts: GrrasFacts) -> tuple[str | None, str | None]:
    told = [f"{_drawn(one)} to be rated by every coder of a scale" for one in facts.coding.get("rounds", ())]
    again = facts.beside.get(repeat.KIND)
    if told and again and _came_back(facts):
        told.append(f"{percent(again['share'])} of each coder’s recordings to come back")
    return (f"{_sentence(in_words(told))}" if told else None), (
        "why this number, for instance the width of interval that was wanted (Planning computes it)."
    )


def _sampling(facts: GrrasFacts) -> tuple[str | None, str | None]:
    told = [
        f"Of {count(one['n_recordings'], 'recording')}, {one['n_subset']} were drawn at random (seed "
        f"{one['seed']})"
        if one["n_subset"] < one["n_recordings"]
        else f"All {count(one['n_recordings'], 'recording')} were allotted to every coder of a scale"
        for one in facts.coding.get("rounds", ())
    ]
    if not told:
        return None, "how the recordings were drawn."
    return (
        f"{'; '.join(told)}. The recordings are those of the frozen sample: sessions before, in and after "
        "ruptures."
    ), None


def _process(facts: GrrasFacts) -> tuple[str | None, str | None]:
    filled = (
        "Coders rated recordings under random names, without case, session number, date or alliance score, "
        "each in a random order of the own."
    )
    if days := _days(facts):
        filled += f" Recordings that came back did so {days} later, without notice."
    return filled, "where and how long coders listened, and what they were told of the study."


def _independent(facts: GrrasFacts) -> tuple[str | None, str | None]:
    return (
        "Independently: no coder saw another’s rating, and figures are of the scores as first submitted."
    ), None


def _analysis(facts: GrrasFacts) -> tuple[str | None, str | None]:
    if not facts.scales:
        return None, "the form of the ICC, intervals and software, once something is computed."
    told = "ICC(A,1) with intervals of items and sums, omega and alpha, SEM and SDC"
    beside = [
        *(["the same of each coder’s repeated ratings"] if _came_back(facts) else []),
        *(["control charts of drift"] if _charted(facts) else []),
    ]
    return f"{in_words([told, *beside])}; the paragraphs above say how.", None


def _numbers(facts: GrrasFacts) -> tuple[str | None, str | None]:
    told = [
        f"{one['name']}: {count(one['n_recordings'], 'recording')} of {one['n_subset']} drawn, "
        f"{count(len(one['coders']), 'coder')}, {count(one['n_ratings'], 'rating')}"
        for one in facts.scales
    ]
    again = facts.beside.get(repeat.KIND)
    if again and _came_back(facts):
        n = sum(coder["n_recordings"] for one in again["instruments"] for coder in one["coders"])
        told.append(f"again: {count(n, 'recording')} that came back")
    return (f"{'; '.join(told)}." if told else None), (
        None if told else "how many coders and recordings, once two coders have submitted the same."
    )


def _characteristics(facts: GrrasFacts) -> tuple[str | None, str | None]:
    training = facts.coding.get("training")
    filled = None
    if training and training["n_recordings"]:
        filled = (
            f"Training: {count(training['n_coders'], 'coder')}, "
            f"{count(training['n_recordings'], 'recording')} in {count(training['n_rounds'], 'round')}."
        )
    elif training:
        filled = "The program has no training round of this study."
    return filled, "experience and training of the coders, and what is to be known of the patients."


def _estimates(facts: GrrasFacts) -> tuple[str | None, str | None]:
    names = [facts.tables[name] for name in ("subscales", "items", "again") if name in facts.tables]
    if not names:
        return None, "estimates with their intervals, once there are any."
    numbers = in_words(name.removeprefix("Table ") for name in names)
    return f"{'Table' if len(names) == 1 else 'Tables'} {numbers}, with intervals.", None


def _relevance(facts: GrrasFacts) -> tuple[str | None, str | None]:
    return None, "what these figures mean for the use of the scores, and which items should not be used."


def _details(facts: GrrasFacts) -> tuple[str | None, str | None]:
    if not facts.scales:
        return None, "where readers find ratings and figures, once there are any."
    return (
        "The export holds every rating under recording codes, every figure unrounded, and a script in R that "
        "computes them once more."
    ), "where readers find it (repository, DOI)."


_TITLE, _INTRODUCTION, _METHODS, _RESULTS, _DISCUSSION, _MORE = (
    "Title and abstract", "Introduction", "Methods", "Results", "Discussion", "Auxiliary material",
)  # fmt: skip
_ITEMS: tuple[tuple[str, str, Filler], ...] = (
    (_TITLE, "Title or abstract says that reliability or agreement was studied", _title),
    (_INTRODUCTION, "The instrument, by name and described", _instrument),
    (_INTRODUCTION, "Who or what is rated: the population", _subjects),
    (_INTRODUCTION, "Who rates: the population of raters", _raters),
    (_INTRODUCTION, "What is known of its reliability, and why it is studied", _known),
    (_METHODS, "How the numbers of raters, of what is rated and of repetitions were chosen", _size),
    (_METHODS, "How raters and what is rated were sampled", _sampling),
    (_METHODS, "The rating process: time between ratings, what raters knew, blinding", _process),
    (_METHODS, "Whether ratings were independent", _independent),
    (_METHODS, "The statistical analysis", _analysis),
    (_RESULTS, "The actual numbers of raters, of what was rated and of repetitions", _numbers),
    (_RESULTS, "Characteristics of raters and of what was rated", _characteristics),
    (_RESULTS, "Estimates of reliability and agreement with their uncertainty", _estimates),
    (_DISCUSSION, "What the results mean in practice", _relevance),
    (_MORE, "Detailed results, where possible", _details),
)


def _drawn(one: Mapping[str, Any]) -> str:
    share = percent(one["n_subset"] / one["n_recordings"]) if one["n_recordings"] else "none"
    return f"{one['n_subset']} of {count(one['n_recordings'], 'recording')} ({share})"


def _segments(one: Mapping[str, Any]) -> str:
    minutes = one["segment_minutes"]
    return f", scored by segments of {count(minutes, 'minute')}" if minutes else ""


def _came_back(facts: GrrasFacts) -> bool:
    found = facts.beside.get(repeat.KIND)
    return bool(found) and any(
        coder["n_recordings"] for one in _instruments(found) for coder in one["coders"]
    )


def _charted(facts: GrrasFacts) -> bool:
    found = facts.beside.get(drift.KIND)
    return bool(found and found["limits"])


def _days(facts: GrrasFacts) -> str | None:
    if not _came_back(facts):
        return None
    days = [
        coder["days"]
        for one in _instruments(facts.beside[repeat.KIND])
        for coder in one["coders"]
        if coder["n_recordings"]
    ]
    fewest, most = round(min(one["fewest"] for one in days)), round(max(one["most"] for one in days))
    return count(most, "day") if fewest == most else f"{fewest} to {count(most, 'day')}"


def _instruments(found: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    return found["instruments"]


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
