"""The package: everything that a person may take away, as one folder that explains itself to a stranger.

It follows Psych-DS. The same data give the same bytes, whenever and however often it is asked for.
"""

import io
import json
import threading
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from coder_app.domain.instruments import Instrument
from coder_app.services import figure
from coder_app.services.child import ChildTooSlow, run_child
from coder_app.services.errors import Refused
from coder_app.services.export import File
from coder_app.services.figure import Drawing
from coder_app.services.package_codebook import Entry, describe_table, show_codebook, texts_of, write_codebook
from coder_app.services.package_facts import Facts
from coder_app.services.package_few import withhold_few
from coder_app.services.package_places import (
    DATA,
    DESCRIPTION,
    FIGURES,
    INSTRUMENTS,
    MATERIALS,
    README,
    RESULTS,
    WORKBOOK,
    folder_of,
    is_observed,
    is_unmasked,
    place_of,
    sav_of,
)
from coder_app.services.package_texts import describe_dataset, describe_settings, write_readme
from coder_app.services.package_wording import without_labels
from coder_app.services.package_words import anchors_of, labels_of
from coder_app.services.recompute import place_files

SECONDS = 120.0
MOST_WAITING = 2
TOO_MANY = "Two packages are being made already. Ask for this one again in a moment."
TOO_SLOW = "The package took too long to make and was given up. Ask for it again."
# The first moment that a ZIP knows: no entry tells when it was made.
_MOMENT = (1980, 1, 1, 0, 0, 0)

_waiting = threading.BoundedSemaphore(MOST_WAITING)


@dataclass(frozen=True)
class Extra:
    """A further file of the package, such as a report: its path in the folder, and what it is."""

    path: str
    about: str
    data: bytes


@dataclass(frozen=True)
class Contents:
    """What goes into a package: files that `choose_files` left, figures by kind of result, further files.

    `scales` are the instruments of the files that hold scores of one, by the name of the file.
    """

    files: Sequence[File]
    scales: Mapping[str, Instrument] = field(default_factory=dict)
    drawings: Mapping[str, Sequence[Drawing]] = field(default_factory=dict)
    extras: Sequence[Extra] = ()


def choose_files(facts: Facts, files: Iterable[File]) -> list[File]:
    """Return the files that the chosen package may hold, without words that stay with the lab."""
    chosen = [one for one in files if facts.options.unmasked or not is_unmasked(one.name)]
    if not facts.options.unmasked:
        # The script computes from sessions; without them it has nothing to read.
        chosen = [one for one in chosen if not (one.name.startswith("linkage") and one.name.endswith(".R"))]
        chosen = [replace(one, text=withhold_few(one.name, one.text)) for one in chosen]
    if facts.withholds_scales:
        # Tables and paragraphs for a paper call items by their names.
        chosen = [one for one in chosen if not one.name.endswith((".html", ".txt"))]
    return [
        replace(one, text=without_labels(one.text, facts.withheld)) if one.name.endswith(".csv") else one
        for one in chosen
    ]


def build_package(facts: Facts, contents: Contents) -> bytes:
    """Return the package as a ZIP; refuse where several are being made, or one takes too long."""
    if not _waiting.acquire(blocking=False):
        raise Refused(TOO_MANY)
    try:
        return _Folder(facts, contents).pack()
    finally:
        _waiting.release()


class _Folder:
    """The package while it is being made: path -> bytes, and what each file is."""

    def __init__(self, facts: Facts, contents: Contents) -> None:
        self._facts, self._contents = facts, contents
        self._files = sorted(contents.files, key=lambda one: one.name)
        self._bytes: dict[str, bytes] = {}
        self._abouts: dict[str, str] = {}

    def pack(self) -> bytes:
        """Make every file and pack them in one order."""
        self._add_files()
        entries = self._describe()
        self._add_materials(entries)
        self._add_products()
        self._add_figures()
        for extra in self._contents.extras:
            self._add(extra.path, extra.about, extra.data)
        self._add_texts(entries)
        return _zip(folder_of(self._facts.study), self._bytes)

    def _add(self, path: str, about: str, data: bytes | str) -> None:
        if path in self._bytes:
            raise ValueError(f"the package has two files {path}")
        self._abouts[path] = about
        self._bytes[path] = data.encode() if isinstance(data, str) else data

    def _add_files(self) -> None:
        places = {one.name: place_of(one.name) for one in self._files}
        for one in self._files:
            own = places[one.name]
            text = place_files(one.text, own, places) if one.name.endswith(".R") else one.text
            self._add(own, one.about, text)

    def _describe(self) -> list[Entry]:
        entries = []
        for one in self._tables:
            scale = self._contents.scales.get(one.name)
            ends = (scale.lowest, scale.highest) if scale else None
            entries += describe_table(place_of(one.name), one.text, self._anchors(one.name), ends)
        return entries

    def _add_materials(self, entries: list[Entry]) -> None:
        abouts = {place_of(one.name): one.about for one in self._tables}
        about = "Every column of every table: meaning, type, range, values, missing."
        self._add(f"{MATERIALS}/codebook.csv", about, write_codebook(entries))
        page = show_codebook(self._facts.study, abouts, entries)
        self._add(f"{MATERIALS}/codebook.html", "The same for people.", page)
        for one in (*self._facts.scales, *self._facts.measures):
            words = "" if one.with_words else " Its wording is left out."
            self._add(f"{INSTRUMENTS}/{one.file}", f"{one.instrument.title}.{words}", one.text)
        plan = self._facts.plan
        if plan:
            about = f"The analysis plan, version {plan.version}. The SHA-256 of this file is {plan.sha256}."
            self._add(f"{MATERIALS}/plan-v{plan.version}.json", about, plan.text)

    def _add_products(self) -> None:
        made = _write_products(self._ask_for_products())
        self._add(WORKBOOK, "Every table as a sheet; the first says what is what.", made.pop("workbook.xlsx"))
        for path, data in made.items():
            self._add(path, "The same for SPSS, with labels of variables and values.", data)

    def _ask_for_products(self) -> dict[str, Any]:
        return {
            "title": self._facts.study,
            "texts": sorted({name for one in self._tables for name in texts_of(one.text)}),
            "sheets": [
                {"file": place_of(one.name), "name": one.name, "about": one.about, "csv": one.text}
                for one in self._tables
            ],
            "savs": [
                {
                    "file": sav_of(one.name),
                    "title": self._facts.study,
                    "csv": one.text,
                    "labels": {name: labels_of(name, self._anchors(one.name)) for name in one.columns},
                }
                for one in self._tables
                if is_observed(one.name)
            ],
        }

    def _add_figures(self) -> None:
        # A figure of a scale names its items as the scale does.
        drawings = {
            f"{FIGURES}/{kind}-{one.name}.svg": one
            for kind, listed in sorted(self._contents.drawings.items())
            for one in listed
        }
        for (path, one), data in zip(
            drawings.items(), figure.draw_all(list(drawings.values()), "svg"), strict=True
        ):
            self._add(path, f"{one.title}.", data)

    def _add_texts(self, entries: list[Entry]) -> None:
        facts = self._facts
        about = "What computed every result: settings, seeds, versions, hashes of what it was computed from."
        self._add(f"{RESULTS}/settings.json", about, describe_settings(facts))
        data = {path: content for path, content in self._bytes.items() if path.startswith(f"{DATA}/")}
        about = "The data set for machines (schema.org, Psych-DS)."
        self._add(DESCRIPTION, about, describe_dataset(facts, data, entries))
        scripts = [path for path in sorted(self._bytes) if path.endswith(".R")]
        self._add(README, "This text.", write_readme(facts, self._abouts, scripts))

    @property
    def _tables(self) -> list[File]:
        return [one for one in self._files if one.name.endswith(".csv")]

    def _anchors(self, name: str) -> dict[int, str]:
        scale = self._contents.scales.get(name)
        if scale is None:
            return {}
        return anchors_of(scale, scale.name not in self._facts.withheld)


def _write_products(asked: dict[str, Any]) -> dict[str, bytes]:
    if figure.is_drawn_here():
        from coder_app.tables.package_child import write_files

        made = write_files(asked)
    else:
        try:
            made = run_child("coder_app.tables.package_child", json.dumps(asked).encode(), SECONDS)
        except ChildTooSlow:
            raise Refused(TOO_SLOW) from None
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _zip(folder: str, files: Mapping[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in sorted(files.items()):
            entry = zipfile.ZipInfo(f"{folder}/{path}", _MOMENT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return target.getvalue()
