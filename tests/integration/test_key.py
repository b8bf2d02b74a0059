"""The sealed key answers what work before unmasking needs, never which recording is of which session."""

import ast
import inspect
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from coder_app.domain.permissions import NotAllowed, Role
from coder_app.domain.phases import Phase
from coder_app.domain.visibility import Hidden
from coder_app.models import Audit, AuditPayload, TreatmentSession
from coder_app.services import key, study
from coder_app.services.key import Answer, Known, NewKey, Source
from tests.makers.coding import add_recording
from tests.makers.recording import add_dyads

PACKAGE = Path(key.__file__).parents[1]


@pytest.fixture
def lead(world, database):
    lead = world.study()
    add_dyads(database, lead, {"D001": (1, 2, 3)})
    return lead


@pytest.fixture
def sessions(database, lead):
    with database.read() as db:
        return list(db.scalars(select(TreatmentSession.id).order_by(TreatmentSession.number)))


@pytest.fixture
def recordings(database, lead, sessions):
    """The first session's recording is for the study, the second's for practice."""
    with database.write() as db:
        study_id, practice_id = (add_recording(db, lead, code) for code in ("velid-moru", "tagos-lem"))
        key.add_keys(
            db,
            lead,
            [
                NewKey(study_id, Source(sessions[0], "a" * 64), is_study=True),
                NewKey(practice_id, Source(sessions[1], "b" * 64), is_study=False),
            ],
        )
        from coder_app.models import Recording

        db.get(Recording, practice_id).use = "practice"
    return study_id, practice_id


def test_a_session_counts_as_recorded_when_its_recording_is_for_the_study(database, recordings):
    with database.read() as db:
        recorded = list(db.scalars(select(TreatmentSession.recorded).order_by(TreatmentSession.number)))
    assert recorded == [True, False, False]


def test_a_source_is_compared_with_what_is_there_without_naming_a_recording(
    database, lead, sessions, recordings
):
    with database.write() as db:
        answers = key.known_content(
            db,
            lead,
            [
                Source(sessions[0], "a" * 64),
                Source(sessions[0], "c" * 64),
                Source(sessions[2], "b" * 64),
                Source(0, "a" * 64),
                Source(sessions[2], "d" * 64),
            ],
        )
    assert answers == [
        Answer(Known.SAME),
        Answer(Known.OTHER_SOUND),
        Answer(Known.OTHER_SESSION),
        Answer(Known.OTHER_SESSION),
        Answer(Known.NEW),
    ]


def test_a_joined_recording_is_known_by_its_whole_and_by_each_part(database, lead, sessions, recordings):
    whole, first, second, third = (letter * 64 for letter in "efgh")
    with database.write() as db:
        joined = add_recording(db, lead, "rusem-dol")
        source = Source(sessions[2], whole, (first, second))
        key.add_keys(db, lead, [NewKey(joined, source, is_study=True)])
        answers = key.known_content(
            db,
            lead,
            [
                source,
                Source(sessions[2], "x" * 64, (first, second, third)),
                Source(sessions[2], first),
                Source(sessions[2], third),
                Source(sessions[0], second),
                Source(0, second),
                Source(0, "y" * 64, (third, first)),
                Source(0, whole, ("i" * 64, "j" * 64)),
            ],
        )
    assert answers == [
        Answer(Known.SAME),
        Answer(Known.OTHER_PARTS),
        Answer(Known.OTHER_PARTS),
        Answer(Known.OTHER_SOUND),
        Answer(Known.OTHER_SOUND),
        Answer(Known.OTHER_SESSION),
        Answer(Known.OTHER_SESSION, 1),
        Answer(Known.OTHER_SESSION),
    ]


def test_a_treatment_session_has_one_recording_whatever_the_code_does(database, lead, sessions, recordings):
    with database.write() as db:
        another = add_recording(db, lead, "rusem-dol")
    new = NewKey(another, Source(sessions[0], "k" * 64), is_study=True)
    with database.write() as db, pytest.raises(IntegrityError):
        key.add_keys(db, lead, [new])


def test_recordings_of_sessions_come_as_a_set_of_those_for_the_study(database, lead, sessions, recordings):
    with database.write() as db:
        assert key.recordings_of(db, lead, sessions) == {recordings[0]}
        assert key.recordings_of(db, lead, []) == frozenset()


def test_more_sessions_than_one_statement_takes_are_looked_up_in_steps(database, lead, sessions, recordings):
    with database.write() as db:
        assert key.recordings_of(db, lead, [*sessions, *range(10**6, 10**6 + 1200)]) == {recordings[0]}


def test_the_join_is_hidden_until_the_study_is_unmasked(database, world, lead, sessions, recordings):
    for phase in (None, Phase.CODING, Phase.LOCKED):
        if phase:
            with database.write() as db:
                study.move_to(db, world.again(lead), phase)
        now = world.again(lead)
        with database.write() as db, pytest.raises(Hidden):
            key.get_join(db, now, "test")
    with database.write() as db:
        study.move_to(db, world.again(lead), Phase.UNMASKED)
    with database.write() as db:
        assert key.get_join(db, world.again(lead), "test") == dict(zip(recordings, sessions[:2], strict=True))


def test_each_use_is_in_the_trail_with_counts_only(database, lead, sessions, recordings):
    with database.write() as db:
        key.known_content(db, lead, [Source(sessions[0], "a" * 64)])
        key.recordings_of(db, lead, sessions)
    with database.read() as db:
        acts = list(db.scalars(select(Audit.act).order_by(Audit.seq)))[-3:]
        payloads = list(db.scalars(select(AuditPayload.payload).order_by(AuditPayload.seq)))[-3:]
    assert acts == ["add to the key", "compare with the key", "look up recordings in the key"]
    assert payloads == [{"recordings": 2}, {"recordings": 1}, {"sessions": 3, "recordings": 1}]


# What the trail holds after each: acts and what they say.
USES = {
    "known_content": (
        lambda db, lead, made: key.known_content(db, lead, [Source(made.sessions[0], "a" * 64)]),
        [("compare with the key", {"recordings": 1})],
    ),
    "add_keys": (
        lambda db, lead, made: key.add_keys(
            db, lead, [NewKey(made.third, Source(made.sessions[2], "c" * 64), is_study=True)]
        ),
        [("add to the key", {"recordings": 1})],
    ),
    "recordings_of": (
        lambda db, lead, made: key.recordings_of(db, lead, made.sessions),
        [("look up recordings in the key", {"sessions": 3, "recordings": 1})],
    ),
    "get_join": (
        lambda db, lead, made: key.get_join(db, replace(lead, phase=Phase.UNMASKED), "linkage"),
        [("join by the key", {"purpose": "linkage", "recordings": 2})],
    ),
    "take_away": (
        lambda db, lead, made: key.take_away(db, replace(lead, phase=Phase.UNMASKED), 4),
        [("take away what the key joined", {"files": 4})],
    ),
    "open_one": (
        lambda db, lead, made: key.open_one(db, lead, made.first, reason="A child is at risk.", concern="c"),
        [("open one recording in an emergency", {"reason": "A child is at risk.", "concern": "c"})],
    ),
    "see_opened": (
        lambda db, lead, made: (
            key.open_one(db, lead, made.first, reason="A child is at risk.", concern="c"),
            key.see_opened(db, lead, made.first),
        ),
        [
            ("open one recording in an emergency", {"reason": "A child is at risk.", "concern": "c"}),
            ("see opened recording", {}),
        ],
    ),
}


def public_functions() -> set[str]:
    return {
        name
        for name, found in inspect.getmembers(key, inspect.isfunction)
        if found.__module__ == key.__name__ and not name.startswith("_")
    }


@pytest.mark.parametrize("name", sorted(public_functions() | set(USES)))
def test_every_use_of_the_key_leaves_a_trace_with_counts_only(name, database, lead, sessions, recordings):
    use, traces = USES[name]
    with database.write() as db:
        made = SimpleNamespace(
            sessions=sessions, first=recordings[0], third=add_recording(db, lead, "mirel-doka")
        )
        before = db.scalar(select(func.max(Audit.seq)))
        use(db, lead, made)
        told = db.execute(
            select(Audit.act, AuditPayload.payload)
            .join(AuditPayload, AuditPayload.seq == Audit.seq)
            .where(Audit.seq > before)
            .order_by(Audit.seq)
        ).all()
    assert [tuple(row) for row in told] == traces
    said = f"{[payload for _, payload in told]}"
    assert not [secret for secret in ("D001", "a" * 64, "velid-moru", "tagos-lem") if secret in said]


def test_another_studys_key_is_out_of_reach(database, world, sessions, recordings):
    other = world.study("Other", lead="Other")
    with database.write() as db:
        assert key.recordings_of(db, other, sessions) == frozenset()
        assert key.known_content(db, other, [Source(sessions[0], "a" * 64)]) == [Answer(Known.NEW)]


def test_a_coder_gets_nothing_from_the_key(database, world, lead, sessions, recordings):
    coder = world.member(lead, "Mara", Role.CODER, instruments=("CIRS",))
    with database.write() as db:
        for use in (
            lambda: key.known_content(db, coder, []),
            lambda: key.recordings_of(db, coder, sessions),
            lambda: key.add_keys(db, coder, []),
        ):
            with pytest.raises(NotAllowed):
                use()
        with pytest.raises(Hidden):
            key.get_join(db, coder, "test")


def test_no_other_module_imports_the_keys_table():
    importers = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Import | ast.ImportFrom):
                continue
            names = [alias.name for alias in node.names]
            module = getattr(node, "module", None) or ""
            if "RecordingKey" in names or any(
                name.endswith("models.key") for name in (module, *names, *(f"{module}.{n}" for n in names))
            ):
                importers.add(path.relative_to(PACKAGE).as_posix())
    assert importers == {"services/key.py"}
