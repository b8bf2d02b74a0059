"""Audits every coder of every study of an installation."""

from collections.abc import Iterator

from sqlalchemy import select

from coder_app.app import create_app
from coder_app.config import Settings
from coder_app.leakaudit.audit import Report, audit_coder
from coder_app.leakaudit.copy import copied
from coder_app.models import Assignment
from coder_app.services.actor import Tools


def audit_installation(settings: Settings) -> Iterator[Report]:
    """Yield one report for each coder who has assignments, working on a copy."""
    with copied(settings) as (copy, database):
        tools = Tools()
        app = create_app(copy, database=database, tools=tools)
        with database.read() as db:
            coders = db.execute(
                select(Assignment.study_id, Assignment.user_id)
                .distinct()
                .order_by(Assignment.study_id, Assignment.user_id)
            ).all()
        for study_id, user_id in coders:
            yield audit_coder(app, database, tools, study_id, user_id)
