"""The lead's rail: the pages of a study in the order in which a study needs them."""

from dataclasses import dataclass

from flask import url_for

from coder_app.domain.permissions import Act
from coder_app.domain.visibility import Thing
from coder_app.services.actor import Actor


@dataclass(frozen=True)
class RailItem:
    """One link of the rail."""

    label: str
    href: str
    current: bool
    enabled: bool


@dataclass(frozen=True)
class RailGroup:
    """Links under one heading."""

    heading: str | None
    items: tuple[RailItem, ...]


@dataclass(frozen=True)
class BlindLine:
    """The dashed rule below which the key has to be open."""


# heading, then (label, endpoint, act, thing that must be visible or None)
_PAGES = (
    (None, (("Study home", "lead.home", Act.SEE_STUDY, None),)),
    (
        "Before coding",
        (
            ("Alliance scores", "alliance.scores", Act.SEE_ALLIANCE, None),
            ("Ruptures", "ruptures.ruptures", Act.SEE_ALLIANCE, None),
            ("Recordings", "recordings.recordings", Act.IMPORT, None),
        ),
    ),
    (
        "Coding",
        (
            ("Rounds and coders", "rounds.rounds", Act.ALLOT, None),
            ("Reliability", "reliability.reliability", Act.SEE_RELIABILITY, Thing.RATINGS),
        ),
    ),
    BlindLine(),
    (None, (("Unmask", "unmask.unmask", Act.UNMASK, None),)),
    (
        "After unmasking",
        (
            ("Linkage", "linkage.linkage", Act.SEE_LINKAGE, Thing.LINKAGE),
            ("How blind were they?", "blinding.blinding", Act.SEE_LINKAGE, Thing.LINKAGE),
        ),
    ),
    (
        "Always",
        (
            ("Export", "export.exports", Act.SEE_STUDY, None),
            ("Audit trail", "trail.audit_trail", Act.SEE_AUDIT, None),
            ("People", "people.people", Act.INVITE, None),
            ("Concerns", "concerns.concerns", Act.ANSWER_CONCERN, None),
        ),
    ),
)

# Pages that are reached from a page of the rail: their blueprint, and that page's.
_UNDER = {
    "agreement": "reliability",
    "alphas": "reliability",
    "blinding_report": "trail",
    "coding_settings": "rounds",
    "course": "ruptures",
    "emergency": "concerns",
    "drift": "reliability",
    "guidance": "rounds",
    "kept": "reliability",
    "mutes": "recordings",
    "planning": "reliability",
    "ratings": "reliability",
    "reopenings": "rounds",
    "repeats": "reliability",
    "report": "export",
    "rupture_tables": "ruptures",
    "sample": "ruptures",
    "sensitivity": "ruptures",
    "submissions": "rounds",
}


def build_rail(actor: Actor, endpoint: str | None) -> tuple[RailGroup | BlindLine, ...]:
    """Return the rail as this person sees it, the page of `endpoint` being the current one."""
    rail: list[RailGroup | BlindLine] = []
    for group in _PAGES:
        if isinstance(group, BlindLine):
            # The contact alone has no pages on either side of it.
            rail += [group] if actor.can(Act.SEE_STUDY) else []
            continue
        heading, pages = group
        items = tuple(_item(actor, endpoint, *page) for page in pages if actor.can(page[2]))
        if items:
            rail.append(RailGroup(heading, items))
    return tuple(rail)


def _item(
    actor: Actor, current: str | None, label: str, endpoint: str, act: Act, thing: Thing | None
) -> RailItem:
    shown = (current or "").split(".")[0]
    return RailItem(
        label=label,
        href=url_for(endpoint, study=actor.study_public_id),
        current=_UNDER.get(shown, shown) == endpoint.split(".")[0],
        enabled=thing is None or actor.sees(thing),
    )
