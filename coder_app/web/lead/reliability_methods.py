"""The methods section of a paper, with the numbers that were computed; what is not known is not said."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from coder_app.web.lead.methods_beside import say_beside
from coder_app.web.lead.reliability_references import REFERENCES
from coder_app.web.lead.reliability_results import (
    listed,
    say_agreement,
    say_results,
    say_subscales,
)
from coder_app.web.numbers import count, percent


@dataclass(frozen=True)
class Methods:
    """Paragraphs to print, and the references that they cite."""

    paragraphs: tuple[str, ...]
    references: tuple[str, ...]

    @property
    def text(self) -> str:
        """Everything as a text file."""
        parts = [*self.paragraphs, "References", *self.references] if self.paragraphs else []
        return "\n\n".join(parts) + "\n" if parts else "Nothing is computed yet.\n"


def write_methods(
    content: dict[str, Any], beside: Mapping[str, dict[str, Any]] = MappingProxyType({})
) -> Methods:
    """Write the paragraphs on reliability; none before there is anything to compare.

    `beside` are results on coders over time, by kind.
    """
    scales = [found for found in content["instruments"] if found["n_recordings"]]
    if not scales:
        return Methods((), ())
    settings = content["settings"]
    paragraphs = [
        _join(_coding(content, scales)),
        _join(say_agreement(scales, settings)),
        *(_join(say_results(found, settings)) for found in scales),
        _join(say_subscales(scales, settings, content["dropped_items"])),
        _join(say_beside(beside)),
        _join(_software(content)),
    ]
    whole = tuple(filter(None, paragraphs))
    cited = tuple(text for name, text in REFERENCES.items() if any(_cites(one, name) for one in whole))
    return Methods(whole, cited)


def _join(sentences: Iterable[str | None]) -> str:
    return " ".join(filter(None, sentences))


def _cites(paragraph: str, name: str) -> bool:
    """Whether a text names a source, in brackets or in its sentence."""
    authors, _, year = name.rpartition(", ")
    return name in paragraph or f"{authors.replace(' & ', ' and ')} ({year})" in paragraph


def _coding(content: dict[str, Any], scales: list[dict[str, Any]]) -> Iterable[str | None]:
    facts = content.get("coding")
    teams = listed(f"{count(len(one['coders']), 'coder')} on the {one['name']}" for one in scales)
    yield f"Recordings were rated by {teams}."
    if facts:
        yield _training(facts["training"])
        yield from (_drawn(one) for one in facts["rounds"])
    yield _days(content.get("selection") or {})
    yield (
        "Coders worked independently and blind: each recording came to each coder under a random name of its "
        "own, without case, session number, date, alliance score or any other coder’s rating."
    )
    if facts:
        yield _breaches(facts)


def _days(selection: dict[str, Any]) -> str | None:
    said = [
        f"{word} {selection[key]}" for word, key in (("from", "since"), ("to", "until")) if selection.get(key)
    ]
    return f"Only recordings first submitted {' '.join(said)} enter here." if said else None


def _training(training: dict[str, int]) -> str | None:
    if not training["n_recordings"]:
        return None
    coders, recordings = count(training["n_coders"], "coder"), count(training["n_recordings"], "recording")
    in_rounds = count(training["n_rounds"], "round")
    return f"For training, {coders} had rated {recordings} in {in_rounds} that no figure rests on."


def _drawn(one: dict[str, Any]) -> str:
    recordings = count(one["n_recordings"], "recording")
    if one["purpose"] != "main":
        return f"What follows rests on {recordings} of the round “{one['name']}”, which is not the main one."
    if one["n_subset"] == one["n_recordings"]:
        return f"All {recordings} were allotted to every coder of a scale."
    share = percent(one["n_subset"] / one["n_recordings"])
    return (
        f"Of {recordings}, {one['n_subset']} ({share}) were drawn at random (seed {one['seed']}) to be rated "
        "by every coder of a scale; each of the others was rated by one coder."
    )


def _breaches(facts: dict[str, Any]) -> str | None:
    said = []
    if facts["n_opened"]:
        was = "was" if facts["n_opened"] == 1 else "were"
        said.append(f"{count(facts['n_opened'], 'recording')} {was} opened in an emergency")
    if facts["n_recognised"]:
        said.append(f"coders said of {count(facts['n_recognised'], 'form')} to have recognised the recording")
    return (
        f"While the study was blind, {' and '.join(said)}; these are part of the figures." if said else None
    )


def _software(content: dict[str, Any]) -> Iterable[str | None]:
    versions = content.get("versions")
    if not versions:
        return
    first, *others = (f"{name} {number}" for name, number in versions.items())
    yield f"Computed with {first} ({', '.join(others)})."
