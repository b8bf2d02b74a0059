"""Makes an installation with coders at work on recordings, for tests with a real server and browser."""

from dataclasses import dataclass, field
from pathlib import Path

from coder_app.audio.clean import CleanResult
from coder_app.audio.store import Store
from coder_app.config import Settings, load_settings
from coder_app.db import Database
from coder_app.domain.permissions import Role
from coder_app.migrations import upgrade
from coder_app.models import Recording, Segment
from coder_app.services import auth, people, study
from coder_app.services.actor import Actor, Tools, get_actor
from coder_app.web.access import LOGIN_COOKIE
from tests.makers.coding import add_assignment, add_recording, add_round


@dataclass
class Room:
    """A study whose coders are signed in by cookie."""

    settings: Settings
    database: Database
    tools: Tools
    lead: Actor
    round_id: int
    coders: dict[str, Actor] = field(default_factory=dict)

    def coder(self, name: str) -> Actor:
        """Return the coder of CIRS with this name, made at the first time."""
        if name not in self.coders:
            with self.database.write() as db:
                viewer = people.create_user(
                    db, self.tools, name, name, "no password", can_create_studies=False
                )
                token = people.invite(db, self.lead, name, [Role.CODER], ["CIRS"])
                people.accept_invitation(db, self.tools, token, viewer)
            with self.database.read() as db:
                self.coders[name] = get_actor(db, self.tools, viewer, self.lead.study_public_id)
        return self.coders[name]

    def assign(self, coder: Actor, recording_id: int, mask: str, place: int = 1) -> str:
        """Give a coder a recording to rate on CIRS and return the address of its page."""
        with self.database.write() as db:
            made = add_assignment(db, coder, self.round_id, recording_id, "CIRS", mask, place)
        return f"/coding/{made}"

    def recording(self, code: str, cleaned: Path, result: CleanResult) -> int:
        """Add a cleaned recording, which is copied into the store, and return its id."""
        store = Store(self.settings.store_dir)
        copy = store.temporary_path()
        copy.write_bytes(cleaned.read_bytes())
        name = store.put(copy, result.peaks)
        length = round(result.duration * 1000)
        with self.database.write() as db:
            recording_id = add_recording(db, self.lead, code, name)
            db.get_one(Recording, recording_id).duration_ms = length
            db.query(Segment).filter_by(recording_id=recording_id).one().end_ms = length
        return recording_id

    def cookie(self, coder: Actor, address: str) -> dict[str, str]:
        """Return a cookie that signs a browser in as the coder."""
        with self.database.write() as db:
            token = auth.open_login(db, self.tools, coder.user_id)
        return {"name": LOGIN_COOKIE, "value": token, "url": address}


def make_room(data: Path) -> Room:
    """Make a study with its lead in a data folder that `serve` can then be started on."""
    settings, tools = load_settings(environ={"CODER_APP_DATA": str(data)}), Tools()
    database = Database(settings.database_url)
    upgrade(database)
    with database.write() as db:
        viewer = people.create_user(db, tools, "Lead", "lead", "no password", can_create_studies=True)
        lead = study.create_study(db, tools, viewer, "Ruptures", ["CIRS", "TABBS"])
        round_id = add_round(db, lead)
    return Room(settings, database, tools, lead, round_id)
