"""The leak audits that a study's trail has on record, as their figures say it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from coder_app.services.blinding_report_trail import AUDIT, Step, Trail

TOLD = 10


@dataclass(frozen=True)
class RoleFigures:
    """What was looked at as one role: people, how many of them tried everything, and what came of it.

    `least_reached` is the smallest share of open routes that was reached by who tried everything; `compared`
    is None where nothing was secret any more, so that there was no other world to compare with.
    """

    role: str
    people: int
    whole: int
    least_reached: float | None
    pages: int
    answers: int
    bytes: int
    secrets: int
    pairs: int
    compared: int | None
    foreign: int
    findings: int


@dataclass(frozen=True)
class AuditRun:
    """One audit on record; `roles` is None where its figures were erased."""

    step: Step
    version: str
    phases: tuple[str, ...]
    seconds: float
    findings: int
    roles: tuple[RoleFigures, ...] | None

    def total(self, name: str) -> int:
        """Return the sum of a figure over all roles."""
        return sum(getattr(role, name) or 0 for role in self.roles or ())

    @property
    def least_reached(self) -> float | None:
        """The smallest share of open routes that anybody reached who tried all of them."""
        shares = [role.least_reached for role in self.roles or () if role.least_reached is not None]
        return min(shares, default=None)


def list_audits(trail: Trail) -> tuple[AuditRun, ...]:
    """Return the newest audits, the newest first."""
    return tuple(_run(step) for step in trail.of(AUDIT)[::-1][:TOLD])


def _run(step: Step) -> AuditRun:
    figures = step.payload or {}
    reports = figures.get("roles", [])
    by_role: dict[str, list[Mapping[str, Any]]] = {}
    for report in reports:
        by_role.setdefault(report["role"], []).append(report)
    return AuditRun(
        step=step,
        version=figures.get("version", ""),
        phases=tuple(dict.fromkeys(report["phase"] for report in reports if report["phase"])),
        seconds=figures.get("seconds", 0.0),
        findings=figures.get("findings", 0),
        roles=tuple(_role(role, own) for role, own in by_role.items()) if step.payload else None,
    )


def _role(role: str, reports: list[Mapping[str, Any]]) -> RoleFigures:
    whole = [report for report in reports if report["whole"]]
    compared = [report["compared"] for report in reports if report["compared"] is not None]
    return RoleFigures(
        role=role,
        people=len(reports),
        whole=len(whole),
        least_reached=min((_share(report) for report in whole), default=None),
        compared=sum(compared) if compared else None,
        **{
            name: _sum(reports, name)
            for name in ("pages", "answers", "bytes", "secrets", "pairs", "foreign", "findings")
        },
    )


def _share(report: Mapping[str, Any]) -> float:
    return report["reached"] / report["routes"] if report["routes"] else 1.0


def _sum(reports: Iterable[Mapping[str, Any]], name: str) -> int:
    return sum(report[name] for report in reports)
