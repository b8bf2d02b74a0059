"""Recordings that did not stay blind are named and marked where results are shown, and can be left out."""

import csv
import io
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from coder_app.domain.permissions import Role
from coder_app.domain.visibility import Hidden
from coder_app.models import Assignment, InstrumentVersion, Recording, Study
from coder_app.services import linkage, marks, snapshot
from coder_app.services.errors import Refused
from tests.makers.coded import make_coded_study

NOTE = "Not every recording stayed blind"


class Marked:
    """A coded study, unmasked or not, in which recordings are opened and recognised."""

    def __init__(self, world, settings) -> None:
        self.world, self.database = world, world.database
        self.study = make_coded_study(world, settings)

    def open(self, code: str, at=None) -> None:
        with self.database.write() as db:
            db.get(Recording, self.study.recordings[code]).opened_at = at or self.study.lead.now()

    def recognise(self, code: str, scale: str, *, primary: bool = True, at=None) -> None:
        version = select(InstrumentVersion.id).where(InstrumentVersion.name == scale).scalar_subquery()
        with self.database.write() as db:
            done = db.execute(
                update(Assignment)
                .where(
                    Assignment.recording_id == self.study.recordings[code],
                    Assignment.instrument_version_id == version,
                    Assignment.is_primary == primary,
                )
                .values(recognised_at=at or self.study.lead.now(), recognised_how="voice")
            )
            assert done.rowcount

    def table(self, browser, name: str) -> list[dict[str, str]]:
        reply = self.study.opened(browser, f"/export/{name}")
        return list(csv.DictReader(io.StringIO(reply.get_data(as_text=True))))

    def part(self, settings: dict, subscale: str) -> dict:
        with self.database.write() as db:
            snapshot.ask(db, self.study.lead, linkage.KIND, settings)
        self.study.work()
        with self.database.read() as db:
            content = snapshot.find(db, self.study.lead, linkage.KIND, settings).content
        return next(
            one
            for one in content["results"]
            if one["informant"] == "child" and one["subscale"]["code"] == subscale
        )


@pytest.fixture
def case(world, settings) -> Marked:
    return Marked(world, settings)


@pytest.fixture
def browser(case, browser_of):
    return browser_of(case.study.lead.viewer)


def text(reply) -> str:
    return reply.get_data(as_text=True)


def subscale_of(case: Marked, scale: str) -> str:
    with case.database.read() as db:
        definition = db.scalars(
            select(InstrumentVersion.definition).where(InstrumentVersion.name == scale)
        ).one()
    return definition["subscales"][0]["code"]


def test_where_nothing_happened_nothing_is_said(case, browser):
    case.study.open_key()
    for page in ("/reliability", "/export", "/linkage"):
        assert NOTE not in text(case.study.opened(browser, page))
    assert "blind_only" not in text(case.study.opened(browser, "/linkage"))


def test_the_pages_about_results_name_how_many_and_when(case, browser):
    case.open("s01")
    case.recognise("s02", "CIRS")
    case.recognise("s03", "TABBS")
    case.study.open_key()
    for page in ("/reliability", "/export", "/linkage"):
        shown = text(case.study.opened(browser, page))
        assert NOTE in shown
        assert "1 recording was opened in an emergency on 2 Mar 2026." in shown
        assert "2 forms are of a recording that the coder has recognised." in shown


def test_the_files_carry_the_marks(case, browser):
    case.open("s01")
    case.recognise("s02", "CIRS")
    case.study.open_key()
    forms = case.table(browser, "reliability-forms.csv")
    assert {row["target"] for row in forms if row["opened"] == "true"} == {"s01"}
    assert {
        (row["target"], row["instrument"], row["primary"]) for row in forms if row["recognised"] == "true"
    } == {("s02", "CIRS", "true")}
    long = case.table(browser, "linkage-long.csv")
    places = {code: (dyad, str(number)) for code, (dyad, number) in case.study.session_of.items()}
    assert {(row["dyad"], row["session"]) for row in long if row["opened"] == "true"} == {places["s01"]}
    assert {
        (row["instrument"], row["dyad"], row["session"]) for row in long if row["recognised"] == "true"
    } == {("CIRS", *places["s02"])}
    assert {row["opened"] for row in long} | {row["recognised"] for row in long} == {"true", "false"}


def test_the_linkage_can_leave_them_out(case, browser):
    case.open("s01")
    case.recognise("s04", "CIRS")
    case.study.open_key()
    for scale, expected in (("CIRS", 2), ("TABBS", 1)):
        code = subscale_of(case, scale)
        whole, blind = case.part({}, code), case.part(linkage.BLIND_ONLY, code)
        assert whole["n_marked"] == blind["n_marked"] == {"opened": 1, "recognised": expected - 1}
        assert len(whole["incomplete"]) == 0
        # s01 and s04 are of two dyads' sequences, which are no longer complete.
        assert len(blind["incomplete"]) == expected
        assert blind["n_sequences"] == whole["n_sequences"] - expected
    shown = text(case.study.opened(browser, "/linkage?blind_only=1"))
    assert "left out of every figure on this page" in shown
    assert 'name="blind_only" value="1" checked' in shown
    assert "They are part of these figures" in text(case.study.opened(browser, "/linkage"))


def test_a_second_coders_recognition_leaves_the_primary_coders_score_in(case):
    with case.database.read() as db:
        doubled = db.scalars(
            select(Recording.code)
            .join(Assignment, Assignment.recording_id == Recording.id)
            .where(~Assignment.is_primary)
        ).first()
    case.recognise(doubled, "CIRS", primary=False)
    case.study.open_key()
    assert case.part(linkage.BLIND_ONLY, subscale_of(case, "CIRS"))["incomplete"] == []


def test_what_happens_after_it_mattered_does_not_count(case, database):
    case.study.open_key()
    later = case.study.lead.now() + timedelta(days=1)
    case.open("s01", later)
    case.recognise("s02", "CIRS", at=later)
    with database.read() as db:
        found = marks.get_marks(db, case.study.lead)
    assert (found.opened, found.n_recognised, found.any) == ((), 0, False)
    with database.write() as db:
        study = db.get(Study, case.study.lead.study_id)
        study.locked_at = study.unmasked_at = later + timedelta(days=1)
    with database.read() as db:
        found = marks.get_marks(db, case.study.lead)
    assert (found.opened, found.n_recognised) == ((later,), 1)


def test_a_recording_opened_while_a_result_is_looked_at_makes_a_new_result(case, database):
    case.study.open_key()
    with database.write() as db:
        db.get(Study, case.study.lead.study_id).unmasked_at = case.study.lead.now() + timedelta(days=9)
    before = case.part({}, subscale_of(case, "CIRS"))
    case.open("s01")
    after = case.part({}, subscale_of(case, "CIRS"))
    assert (before["n_marked"]["opened"], after["n_marked"]["opened"]) == (0, 1)


def test_there_is_no_other_setting(case, database):
    case.study.open_key()
    for settings in ({"blind_only": False}, {"other": 1}, {"blind_only": True, "other": 1}):
        with database.write() as db, pytest.raises(Refused, match="can only leave out"):
            snapshot.ask(db, case.study.lead, linkage.KIND, settings)


def test_who_must_not_see_ratings_is_not_told_of_marks(case, world, database):
    contact = world.member(case.study.lead, "Cora", Role.CONTACT)
    for actor in (contact, case.study.coders["Ada"]):
        with database.read() as db, pytest.raises(Hidden):
            marks.get_marks(db, actor)
    with database.read() as db, pytest.raises(Hidden):
        marks.list_primary_marks(db, case.study.lead)
