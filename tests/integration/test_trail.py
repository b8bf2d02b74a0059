"""The audit trail as a lead reads it."""

import csv
import io
import re
from datetime import timedelta

import pytest
from sqlalchemy import delete, event, update
from sqlalchemy import text as ddl

from coder_app.domain.permissions import Role
from coder_app.domain.rating import Change
from coder_app.models import Assignment, Audit, AuditHead, AuditPayload
from coder_app.services import audit, members, rating, trail
from tests.makers.coding import add_assignment, add_recording, add_round

GUARDS = ("audit_no_update", "audit_no_delete")


@pytest.fixture
def lead(world):
    """The lead of a study with one act."""
    return world.study()


def text(reply) -> str:
    return reply.get_data(as_text=True)


def add_acts(database, lead, n: int, act: str = "test") -> None:
    with database.write() as db:
        for number in range(n):
            audit.record(db, lead, act, f"subject {number}", number=number)


def lift_guard(db) -> None:
    """Drop the triggers that refuse changes, as somebody with the database's file could."""
    triggers = ("audit_append_only",) if db.bind.dialect.name == "postgresql" else GUARDS
    for trigger in triggers:
        db.execute(ddl(f"DROP TRIGGER {trigger}{' ON audit' if triggers is not GUARDS else ''}"))


def numbers_on(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'<td class="n">(\d+)</td>', page)]


def open_trail(browser, lead, query: str = ""):
    return browser.get(f"/studies/{lead.study_public_id}/audit{query}")


def test_the_newest_act_comes_first_and_older_ones_page_by_page(lead, database, browser_of):
    add_acts(database, lead, 204)
    browser = browser_of(lead.viewer)
    first = text(open_trail(browser, lead))
    assert numbers_on(first) == list(range(205, 105, -1))
    assert "before=106" in first
    assert numbers_on(text(open_trail(browser, lead, "?before=106"))) == list(range(105, 5, -1))
    last = text(open_trail(browser, lead, "?before=6"))
    assert numbers_on(last) == [5, 4, 3, 2, 1]
    assert "Older acts" not in last


def test_a_page_that_ends_with_the_first_act_offers_no_older_ones(lead, database, browser_of):
    add_acts(database, lead, trail.PAGE - 1)
    assert "Older acts" not in text(open_trail(browser_of(lead.viewer), lead))


@pytest.mark.parametrize("before", ["0", "-3", "x", "99999999999999999999", ""])
def test_a_place_that_is_none_shows_the_newest(before, lead, browser_of):
    assert numbers_on(text(open_trail(browser_of(lead.viewer), lead, f"?before={before}"))) == [1]


def test_acts_are_found_by_kind_by_person_and_by_day(lead, database, browser_of, world, tools):
    coder = world.member(lead, "Mara", Role.CODER, instruments=("CIRS",))
    tools.clock.now += timedelta(days=2)
    add_acts(database, lead, 2)
    browser = browser_of(lead.viewer)

    def shown(query: str) -> list[int]:
        return numbers_on(text(open_trail(browser, lead, query)))

    assert shown("") == [5, 4, 3, 2, 1]
    assert shown("?act=test&person=&since=&until=") == [5, 4]
    assert shown(f"?person={coder.viewer.public_id}") == [3]
    assert shown(f"?person={coder.viewer.public_id}&act=test") == []
    later = tools.clock.now.astimezone().date()
    earlier = (tools.clock.now - timedelta(days=1)).astimezone().date()
    assert shown(f"?since={later}") == [5, 4]
    assert shown(f"?until={earlier}") == [3, 2, 1]
    assert shown(f"?until={later}") == [5, 4, 3, 2, 1]
    assert "No act fits this filter." in text(open_trail(browser, lead, f"?until={earlier}&act=test"))


@pytest.mark.parametrize(
    "query",
    ["?since=yesterday", "?since=0001-01-01", "?until=9999-12-31", "?act=nothing+like+it", "?person=0"],
)
def test_a_filter_that_cannot_be_followed_is_named(query, lead, browser_of):
    browser = browser_of(lead.viewer)
    for reply in (
        open_trail(browser, lead, query),
        browser.get(f"/studies/{lead.study_public_id}/audit.csv{query}"),
    ):
        assert reply.status_code == 422
        assert "This filter cannot be followed" in text(reply)
        assert "Content-Disposition" not in reply.headers


def test_a_lead_reads_what_was_entered_and_another_studys_acts_stay_away(lead, database, browser_of, world):
    other = world.study("Other", "Other lead")
    add_acts(database, other, 3, "foreign act")
    add_acts(database, lead, 1)
    page = text(open_trail(browser_of(lead.viewer), lead))
    assert "&#34;number&#34;: 0" in page and "subject 0" in page
    assert "foreign act" not in page and "Other lead" not in page


def test_an_erased_payload_is_said_to_be_erased_and_the_chain_holds(lead, database, browser_of):
    add_acts(database, lead, 2)
    with database.write() as db:
        db.execute(update(AuditPayload).where(AuditPayload.seq == 2).values(payload=None))
    page = text(open_trail(browser_of(lead.viewer), lead, "?verify=1"))
    assert "has been erased" in page
    assert "The chain is whole" in page


def test_verifying_prints_the_last_hash(lead, database, browser_of):
    add_acts(database, lead, 3)
    with database.read() as db:
        head = db.query(AuditHead).filter_by(study_id=lead.study_id).one().hash
    page = text(open_trail(browser_of(lead.viewer), lead, "?verify=1"))
    assert "The chain is whole" in page and "4 entries" in page
    assert head in re.sub(r"<br>| ", "", page)
    assert "The chain is whole" not in text(open_trail(browser_of(lead.viewer), lead))


@pytest.mark.parametrize(
    ("damage", "broken_at"),
    [
        (update(Audit).where(Audit.seq == 3).values(act="something else"), 3),
        (update(AuditPayload).where(AuditPayload.seq == 3).values(payload={"number": 9}), 3),
        (delete(AuditPayload).where(AuditPayload.seq == 3), 3),
        (update(AuditHead).values(seq=4), 6),
        (update(AuditHead).values(hash="0" * 64), 6),
    ],
)
def test_what_was_changed_or_taken_out_is_named_by_its_entry(damage, broken_at, lead, database, browser_of):
    add_acts(database, lead, 4)
    with database.write() as db:
        lift_guard(db)
        db.execute(damage)
    page = text(open_trail(browser_of(lead.viewer), lead, "?verify=1"))
    assert f"The chain is broken at entry {broken_at}" in page


@pytest.mark.parametrize(("gone", "broken_at"), [(3, 3), (5, 5), (1, 1)])
def test_an_entry_that_was_taken_out_is_named(gone, broken_at, lead, database):
    add_acts(database, lead, 4)
    with database.write() as db:
        lift_guard(db)
        for table in (AuditPayload, Audit):
            db.execute(delete(table).where(table.seq == gone))
    with database.read() as db:
        assert trail.verify(db, lead).broken_at == broken_at


def test_a_trail_that_was_emptied_is_broken_from_its_start(lead, database):
    with database.write() as db:
        lift_guard(db)
        db.execute(delete(AuditPayload))
        db.execute(delete(Audit))
    with database.read() as db:
        assert trail.verify(db, lead).broken_at == 1


def test_acts_added_while_the_chain_is_verified_do_not_break_it(lead, database):
    # One statement reads head and links: what is added after it began belongs to neither.
    add_acts(database, lead, 3)
    statements = []
    with database.read() as db:
        event.listen(database.engine, "before_cursor_execute", lambda *of: statements.append(of[2]))
        assert trail.verify(db, lead).broken_at is None
    assert len([statement for statement in statements if "audit" in statement]) == 1


def test_the_download_holds_every_act_with_both_hashes_and_starts_no_formula(lead, database, browser_of):
    with database.write() as db:
        audit.record(db, lead, "=test", "=1+1", note="=1+1")
    add_acts(database, lead, 150)
    reply = browser_of(lead.viewer).get(f"/studies/{lead.study_public_id}/audit.csv")
    rows = list(csv.DictReader(io.StringIO(text(reply))))
    assert [int(row["seq"]) for row in rows] == list(range(152, 0, -1))
    newer, older = rows[0], rows[1]
    assert newer["previous_hash"] == older["hash"]
    assert older["payload"] == '{"number": 148}'
    assert (rows[-2]["act"], rows[-2]["subject"]) == ("'=test", "'=1+1")
    filtered = browser_of(lead.viewer).get(f"/studies/{lead.study_public_id}/audit.csv?act=create+study")
    assert len(text(filtered).splitlines()) == 2
    assert "audit_trail.csv" in reply.headers["Content-Disposition"]


def test_only_leads_read_the_trail(lead, browser_of, world):
    for role, scales in ((Role.ANALYST, ()), (Role.CODER, ("CIRS",))):
        browser = browser_of(world.member(lead, f"A {role}", role, instruments=scales).viewer)
        assert open_trail(browser, lead).status_code == 404
        assert browser.get(f"/studies/{lead.study_public_id}/audit.csv").status_code == 404


def test_a_lead_who_codes_does_not_see_when_others_rate_and_submit(lead, database, browser_of, world):
    """The times of another's forms tell how long each recording is, and so which ones both code."""
    mara = world.member(lead, "Mara", Role.CODER, instruments=("CIRS",))
    with database.write() as db:
        members.join_team(db, lead, ["CIRS"])
        recording, round_id = add_recording(db, lead, "kestrel"), add_round(db, lead)
        add_assignment(db, lead, round_id, recording, "CIRS", "velid-moru", 1)
        theirs = add_assignment(db, mara, round_id, recording, "CIRS", "tarvo-plind", 1)
        rating.save(db, mara, theirs, Change("cirs_01", 1, None, "page", 1, 0))
    browser = browser_of(lead.viewer)
    for path in ("audit", "audit.csv", f"audit?person={mara.viewer.public_id}"):
        reply = browser.get(f"/studies/{lead.study_public_id}/{path}")
        assert reply.status_code == 200
        assert not re.search(r"<td>rate</td>|,rate,", text(reply))
    # Nor does the filter name what this lead does not find.
    assert '"rate"' not in text(open_trail(browser, lead))
    assert open_trail(browser, lead, "?act=rate").status_code == 422
    with database.write() as db:
        db.execute(update(Assignment).values(state="submitted"))
    assert "<td>rate</td>" in text(open_trail(browser, lead))


def test_a_lead_who_codes_cannot_count_the_acts_of_others(lead, database, browser_of, world):
    """Numbers and hashes of acts, asked for again and again, would tell each moment at which others rate."""
    mara = world.member(lead, "Mara", Role.CODER, instruments=("CIRS",))
    with database.write() as db:
        members.join_team(db, lead, ["CIRS"])
        recording, round_id = add_recording(db, lead, "kestrel"), add_round(db, lead)
        add_assignment(db, lead, round_id, recording, "CIRS", "velid-moru", 1)
        theirs = add_assignment(db, mara, round_id, recording, "CIRS", "tarvo-plind", 1)
        rating.save(db, mara, theirs, Change("cirs_01", 1, None, "page", 1, 0))
    browser = browser_of(lead.viewer)
    add_acts(database, world.again(lead), trail.PAGE)
    paths = ("", "/audit", "/audit?verify=1", "/audit?before=100", "/audit.csv", "/unmask", "/export")

    def seen() -> list[bytes]:
        return [browser.get(f"/studies/{lead.study_public_id}{path}").data for path in paths]

    before = seen()
    with database.write() as db:
        rating.save(db, mara, theirs, Change("cirs_02", 1, None, "page", 2, 0))
    assert seen() == before
    older = text(open_trail(browser, lead, "?before=100"))
    assert "create study" in older and "Older acts" not in older
