"""What an audit looked at and what it found: as lines for people, as JSON, as figures for the audit trail."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import coder_app


@dataclass(frozen=True)
class Finding:
    """Something that a person could learn, and where."""

    where: str
    what: str


@dataclass(frozen=True)
class Report:
    """One person's audit.

    `not_reached` and `out_of_reach` say of each route why; every route was tried only where `whole`.
    `compared` counts the answers compared with the other world's; None where nothing is secret any more.
    """

    study: str | None
    study_name: str | None
    role: str
    person: str
    phase: str | None
    hidden: tuple[str, ...]
    whole: bool
    reached: tuple[str, ...]
    not_reached: dict[str, str]
    out_of_reach: dict[str, str]
    pages: int
    answers: int
    bytes: int
    secrets: int
    pairs: int
    too_common: int
    compared: int | None
    foreign: int
    seconds: float
    findings: tuple[Finding, ...]

    @property
    def share_reached(self) -> float:
        """The share of the routes open to this person that were reached."""
        n_open = len(self.reached) + len(self.not_reached)
        return len(self.reached) / n_open if n_open and self.whole else 1.0

    def lines(self) -> Iterator[str]:
        """Yield what is said of this person."""
        where = f"{self.study_name}, {self.phase}: " if self.study else ""
        yield f"{where}{self.role} ({self.person})"
        if self.whole:
            n_open = len(self.reached) + len(self.not_reached)
            yield f"  routes: {len(self.reached)} of {n_open} reached ({self.share_reached:.1%})"
            for route, why in self.not_reached.items():
                yield f"    not reached: {route}: {why}"
            for route, why in self.out_of_reach.items():
                yield f"    nobody can reach now: {route}: {why}"
            yield f"  must not see: {'; '.join(self.hidden) or 'nothing of the study is closed now'}"
        worlds = (
            "no other world, all is open" if self.compared is None else f"{self.compared} alike in two worlds"
        )
        yield (
            f"  {self.pages} pages, {self.answers} answers, {self.bytes:,} bytes, {self.secrets:,} secrets "
            f"and {self.pairs:,} pairs searched ({self.too_common} too short or common), {worlds}, "
            f"{self.foreign} foreign addresses; {self.seconds:.1f} s; {len(self.findings)} findings"
        )
        for finding in self.findings:
            yield f"  FOUND {finding.where}: {finding.what}"


@dataclass(frozen=True)
class Result:
    """A whole audit."""

    begun: datetime
    seconds: float
    reports: tuple[Report, ...]

    @property
    def n_findings(self) -> int:
        """How much was found in all."""
        return sum(len(report.findings) for report in self.reports)

    @property
    def summary(self) -> str:
        """All of it in one line."""
        reports, least = self.reports, min((report.share_reached for report in self.reports), default=1.0)
        return (
            f"In all: {len(reports)} people, {sum(report.answers for report in reports):,} answers, "
            f"{sum(report.bytes for report in reports):,} bytes, at least {least:.1%} of everybody's "
            f"routes reached, {self.n_findings} findings, {self.seconds:.0f} s."
        )

    def as_json(self) -> dict[str, Any]:
        """Return all of it for machines; the texts of findings name what was seen."""
        return {
            "version": coder_app.__version__,
            "begun": self.begun.isoformat(),
            "seconds": round(self.seconds, 1),
            "findings": self.n_findings,
            "reports": [
                asdict(report) | {"share_reached": round(report.share_reached, 4)} for report in self.reports
            ],
        }

    def figures_of(self, study: str) -> dict[str, Any]:
        """Return the figures of one study for its audit trail: counts alone, nothing of what was seen."""
        reports = [report for report in self.reports if report.study in (study, None)]
        return {
            "version": coder_app.__version__,
            "begun": self.begun.isoformat(),
            "seconds": round(self.seconds, 1),
            "findings": sum(len(report.findings) for report in reports),
            "roles": [_figures(report) for report in reports],
        }


def _figures(report: Report) -> dict[str, Any]:
    return {
        "role": report.role,
        "phase": report.phase,
        "whole": report.whole,
        "routes": len(report.reached) + len(report.not_reached),
        "reached": len(report.reached),
        "pages": report.pages,
        "answers": report.answers,
        "bytes": report.bytes,
        "secrets": report.secrets,
        "pairs": report.pairs,
        "compared": report.compared,
        "foreign": report.foreign,
        "findings": len(report.findings),
    }
