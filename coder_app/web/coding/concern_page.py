"""The page on which a coder reports a concern: whom it reaches, what was reported, and the form."""

from dataclasses import dataclass

from flask import url_for
from flask_babel import gettext as _

from coder_app.domain.concern import LONGEST
from coder_app.services import concern
from coder_app.services.actor import Actor
from coder_app.services.assignment import CodingForm
from coder_app.services.concern import OwnReport, Stage
from coder_app.web.access import database
from coder_app.web.coding.player import Player, player_of
from coder_app.web.coding.together import FormTab, form_tabs
from coder_app.web.coding.words import clock
from coder_app.web.words import moment


@dataclass(frozen=True)
class ReportRow:
    """One of the coder's own reports about this recording."""

    reference: str
    sent: str
    at: str | None
    text: str
    stage: str


@dataclass(frozen=True)
class ConcernPage:
    """The page; `text`, `time` and `fault` are of a report that was refused.

    `has_contact` says whether anybody reads reports.
    """

    mask: str
    instrument: str
    forms: tuple[FormTab, ...]
    queue_url: str
    back_url: str
    send_url: str
    player: Player | None
    has_contact: bool
    contact_name: str
    contact_reached: str
    reports: tuple[ReportRow, ...]
    text: str
    time: str
    fault: str | None
    longest: int = LONGEST


def concern_page(
    actor: Actor, form: CodingForm, text: str = "", time: str = "", fault: str | None = None
) -> ConcernPage:
    """Return the page of one recording, without a player once its form is submitted."""
    with database().read() as db:
        own = concern.list_own(db, actor, form.public_id)
        has_contact = concern.has_contact(db, actor)
    return ConcernPage(
        mask=form.mask,
        instrument=form.instrument.name,
        forms=form_tabs(form),
        queue_url=url_for("coding.queue", study=actor.study_public_id),
        back_url=url_for("coding.rate", assignment=form.public_id),
        send_url=url_for("coding.report_concern", assignment=form.public_id),
        player=None if form.state == "submitted" else player_of(actor, form),
        has_contact=has_contact,
        contact_name=actor.coding_settings.contact_name,
        contact_reached=actor.coding_settings.contact_reached,
        reports=tuple(_row(report) for report in own),
        text=text,
        time=time,
        fault=fault,
    )


def _row(report: OwnReport) -> ReportRow:
    stages = {Stage.SENT: _("Sent, not read yet"), Stage.READ: _("Read"), Stage.CLOSED: _("Closed")}
    return ReportRow(
        reference=report.reference,
        sent=moment(report.sent_at),
        at=clock(report.at_ms / 1000) if report.at_ms is not None else None,
        text=report.text,
        stage=stages[report.stage],
    )
