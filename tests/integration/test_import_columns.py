"""Saying what the columns of a file hold: the guess on the real rows, chosen, kept, and used again."""

import io
from html.parser import HTMLParser

import pytest
from openpyxl import Workbook
from sqlalchemy import select

from coder_app import worker
from coder_app.models import AuditPayload, Dyad, Import, ImportMapping, Score, TreatmentSession
from coder_app.services import import_columns_read
from tests.integration.test_import_pages import choose, look, press, text_of
from tests.integration.test_score import count

LAB = """koppelnr;sessienr;datum;invuller;vragenlijst;punten;aanwezig;achternaam
K01;1;23-01-2018;k;tasc;38,5;kind;Jansen
K01;1;23-01-2018;t;wai;4,25;kind;Jansen
K01;2;30-01-2018;k;tasc;99;kind;Jansen
K01;3;06-02-2018;k;tasc;;ouder alleen;Jansen
K02;1;24-01-2018;o;tasc;40,5;kind en ouder;de Vries
"""


class _Fields(HTMLParser):
    """The fields of the form of columns, as a browser would send them."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: dict[str, list[str]] = {}
        self._select: str | None = None
        self._options: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        of = dict(attrs)
        if tag == "select":
            self._select, self._options = of.get("name"), []
        elif tag == "option":
            self._options.append((of.get("value") or "", "selected" in of))
        elif tag == "input" and of.get("name") not in (None, "csrf_token", "kept"):
            self.sent.setdefault(of["name"], []).append(of.get("value") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "select" and self._select:
            chosen = [value for value, is_chosen in self._options if is_chosen]
            self.sent.setdefault(self._select, []).append((chosen or [self._options[0][0]])[0])


def fields_of(page: str) -> dict[str, list[str]]:
    parser = _Fields()
    parser.feed(page[page.index('/columns" class="stack"') :])
    return parser.sent


@pytest.fixture
def lead(world):
    """The lead of an empty study."""
    return world.study()


@pytest.fixture
def browser(browser_of, lead):
    """The lead's browser."""
    return browser_of(lead.viewer)


def open_columns(browser, answer) -> tuple[str, dict[str, list[str]]]:
    assert answer.location.endswith("/columns")
    page = browser.get(answer.location).get_data(as_text=True)
    return page, fields_of(page)


def acts(database) -> list[str]:
    from coder_app.models import Audit

    with database.read() as db:
        return list(db.scalars(select(Audit.act).where(Audit.act.contains("columns")).order_by(Audit.seq)))


def test_a_strange_file_is_guessed_corrected_kept_and_the_next_one_needs_nobody(database, lead, browser):
    answer = choose(browser, lead, "scores", LAB, "lab.csv")
    page, fields = open_columns(browser, answer)
    said = text_of(page)
    assert "Guessed because its name, invuller, says so." in said
    assert "it looks like a person’s name, which the study should not hold" in said
    assert [fields[f"goes-{n}"] for n in range(8)] == [
        *(["dyad"], ["session"], ["date"], ["informant"], ["measure"], [""], ["attendance"], [""]),
    ]
    assert fields["word-informant"] == ["k", "t", "o"]
    assert fields["means-informant"] == ["child", "therapist", "parent"]
    refused = browser.post(answer.location, {**fields, "do": "use"})
    assert refused.status_code == 422
    assert "There is no column score (or total). It is needed." in text_of(refused.get_data(as_text=True))

    fields |= {"goes-5": ["score"], "missing": ["99"], "keep_as": ["Lab  Noord"]}
    tried = browser.post(answer.location, {**fields, "do": "try"}).get_data(as_text=True)
    assert "2 K01 1 2018-01-23 Child TASC 38.5 child" in text_of(tried)
    assert "Chosen by you" in text_of(tried)
    kept = browser.post(answer.location, {**fields, "do": "keep"})
    assert kept.status_code == 303
    assert "as kept in “Lab Noord”" in text_of(browser.get(kept.location).get_data(as_text=True))
    used = browser.post(answer.location, {**fields, "do": "use"})
    check = browser.get(used.location).get_data(as_text=True)
    assert press(browser, used.location, check).status_code == 303
    with database.read() as db:
        rows = db.execute(
            select(Dyad.code, TreatmentSession.number, Score.informant, Score.score)
            .join(TreatmentSession, TreatmentSession.id == Score.treatment_session_id)
            .join(Dyad, Dyad.id == TreatmentSession.dyad_id)
            .order_by(Score.id)
        ).all()
        alone = db.execute(
            select(TreatmentSession.number).where(TreatmentSession.attendance == "parent alone")
        ).all()
    assert [tuple(row) for row in rows] == [
        *(("K01", 1, "child", 38.5), ("K01", 1, "therapist", 4.25), ("K02", 1, "parent", 40.5)),
    ]
    assert alone == [(3,)]

    again = choose(browser, lead, "scores", LAB.replace("K0", "K1"), "lab 2.csv")
    assert not again.location.endswith("/columns")
    check = browser.get(again.location).get_data(as_text=True)
    assert press(browser, again.location, check).status_code == 303
    assert count(database, Dyad, Score) == (4, 6)
    assert acts(database) == ["keep columns", "choose columns", "choose columns"]
    with database.read() as db:
        payloads = [row for row in db.scalars(select(AuditPayload.payload)) if row and "kept_as" in row]
    assert [payload["kept_as"] for payload in payloads] == ["Lab Noord"]


def test_a_kept_mapping_that_meets_a_new_word_is_proposed_and_asks(database, lead, browser):
    answer = choose(browser, lead, "scores", LAB, "lab.csv")
    _, fields = open_columns(browser, answer)
    fields |= {"goes-5": ["score"], "keep_as": ["Noord"], "missing": ["99"]}
    browser.post(answer.location, {**fields, "do": "keep"})
    again = choose(browser, lead, "scores", LAB.replace(";t;", ";hulpverlener;"), "lab 2.csv")
    page, fields = open_columns(browser, again)
    assert "The columns are taken as kept in “Noord”" in text_of(page)
    assert dict(zip(fields["word-informant"], fields["means-informant"], strict=True)) == {
        "k": "child",
        "hulpverlener": "therapist",
        "o": "parent",
    }
    assert "Use" in text_of(page)
    (kept_id,) = _kept_ids(database)
    forgotten = browser.post(f"{again.location}/forget", {"kept": kept_id})
    assert forgotten.status_code == 303
    assert count(database, ImportMapping) == (0,)
    assert acts(database)[-1] == "delete kept columns"
    assert browser.post(f"{again.location}/forget", {"kept": kept_id}).status_code == 404


def test_a_session_that_is_no_number_needs_a_look_and_is_named_when_it_is_left_out(lead, browser):
    rows = (
        "dyad,session,informant,measure,score\nD1,1,child,TASC,40\nD1,2,child,TASC,41\nD1,3a,child,TASC,42\n"
    )
    answer = choose(browser, lead, "scores", rows, "typed.csv")
    page, fields = open_columns(browser, answer)
    assert "1 word needs a look" in text_of(page)
    checked = text_of(look(browser, browser.post(answer.location, {**fields, "do": "use"})))
    assert "typed.csv 4 session 3a “3a” is not taken as a treatment session: the row is left out." in checked


def test_a_kept_mapping_is_the_study_s_own(database, world, lead, browser, browser_of):
    answer = choose(browser, lead, "scores", LAB, "lab.csv")
    _, fields = open_columns(browser, answer)
    browser.post(answer.location, {**fields, "goes-5": ["score"], "keep_as": ["Noord"], "do": "keep"})
    (kept_id,) = _kept_ids(database)
    other = world.study("Other", "Other lead")
    stranger = browser_of(other.viewer)
    theirs = choose(stranger, other, "scores", LAB, "lab.csv")
    page, _ = open_columns(stranger, theirs)
    assert "Noord" not in text_of(page)
    assert stranger.post(f"{theirs.location}/forget", {"kept": kept_id}).status_code == 404
    assert stranger.get(answer.location).status_code == 404
    assert "Noord" not in text_of(stranger.get(f"{theirs.location}?kept={kept_id}").get_data(as_text=True))


def test_what_tells_who_a_person_is_is_proposed_to_be_left_out_of_participants(database, lead, browser):
    text = (
        "dyad,child_name,geboortedatum,child_age,therapist,gender,email\n"
        "D1,Anna de Boer,2008-02-01,9,07,f,a@b.nl\nD2,Bob Smit,1999-03-01,x,08,m,c@d.nl\n"
    )
    answer = choose(browser, lead, "participants", text, "people.csv")
    page, fields = open_columns(browser, answer)
    assert [fields[f"goes-{n}"] for n in range(7)] == [
        *(["dyad"], [""], [""], ["word"], ["word"], ["word"], [""]),
    ]
    said = text_of(page)
    for what in ("a person’s name", "a date of birth", "an address", "it is about the therapist"):
        assert what in said
    number = browser.post(answer.location, {**fields, "goes-3": ["number"], "do": "try"})
    assert "child_age is said to hold numbers" in text_of(number.get_data(as_text=True))
    used = browser.post(answer.location, {**fields, "do": "use"})
    preview = browser.get(used.location).get_data(as_text=True)
    assert "child_age, therapist, gender" in text_of(preview)
    assert press(browser, used.location, preview).status_code == 303
    with database.read() as db:
        covariates = list(db.scalars(select(Dyad.covariates).order_by(Dyad.id)))
        (mapping,) = db.scalars(select(Import.mapping))
    assert covariates == [
        {"child_age": "9", "therapist": "07", "gender": "f"},
        {"child_age": "x", "therapist": "08", "gender": "m"},
    ]
    assert mapping["columns"]["child_name"] == "left out"


def test_a_form_that_no_page_offers_is_refused_and_changes_nothing(database, lead, browser):
    answer = choose(browser, lead, "scores", LAB, "lab.csv")
    _, fields = open_columns(browser, answer)
    for odd in ({"goes-0": ["uncle"]}, {"with-0": ["0,99"]}, {"goes-1": ["items:TASC"]}):
        assert browser.post(answer.location, {**fields, **odd, "do": "use"}).status_code == 409
    nameless = browser.post(answer.location, {**fields, "keep_as": [" "], "do": "keep"})
    assert nameless.status_code == 422
    assert "Give the columns a name" in text_of(nameless.get_data(as_text=True))
    assert acts(database) == []


def _kept_ids(database) -> list[str]:
    with database.read() as db:
        return list(db.scalars(select(ImportMapping.public_id)))


def test_the_sheet_of_a_workbook_is_chosen_and_stays_with_the_columns(database, lead, browser):
    import io

    import openpyxl

    book = openpyxl.Workbook()
    book.active.title = "2018"
    other = book.create_sheet("2019")
    for sheet, dyad in ((book.active, "A"), (other, "B")):
        sheet.append(["koppelnr", "sessie", "tasc_totaal"])
        for session in range(1, 4 if dyad == "A" else 3):
            sheet.append([dyad, session, 40 + session])
    data = io.BytesIO()
    book.save(data)
    answer = choose(browser, lead, "scores", data.getvalue(), "lab.xlsx")
    page, _ = open_columns(browser, answer)
    assert "2 sheets in the workbook" in text_of(page)
    page = browser.get(f"{answer.location}?sheet=2019").get_data(as_text=True)
    assert "2 B 1 – Child TASC 41" in text_of(page)
    fields = fields_of(page)
    assert fields["sheet"] == ["2019"]
    fields |= {"informant": ["parent"], "keep_as": ["Sheet"]}
    kept = browser.post(answer.location, {**fields, "do": "keep"})
    assert fields_of(browser.get(kept.location).get_data(as_text=True))["sheet"] == ["2019"]
    other["A2"], other["A3"] = "C", "C"
    book.active.append(["D", 1, 41])
    book.active["D1"] = "note"
    again = io.BytesIO()
    book.save(again)
    for workbook, dyad in ((data, "B"), (again, "C")):
        chosen = choose(browser, lead, "scores", workbook.getvalue(), "lab.xlsx")
        assert not chosen.location.endswith("/columns"), "the kept columns and their sheet are used at once"
        check = browser.get(chosen.location).get_data(as_text=True)
        assert press(browser, chosen.location, check).status_code == 303
        with database.read() as db:
            assert dyad in set(db.scalars(select(Dyad.code)))
            assert set(db.scalars(select(Score.informant))) == {"parent"}


def test_a_large_workbook_is_opened_once_by_the_worker_and_never_for_a_page(
    lead, browser, tools, settings, database, monkeypatch
):
    book, content = Workbook(write_only=True), io.BytesIO()
    for name, score in (("2018", 40), ("2019", 41)):
        sheet = book.create_sheet(name)
        sheet.append(["koppelnr", "sessienr", "invuller", "vragenlijst", "punten"])
        for place in range(6_000):
            last = "kind" if place == 5_999 else "k"
            sheet.append([f"K{place // 20:04}", str(1 + place % 20), last, "tasc", str(score)])
    book.save(content)
    assert len(content.getvalue()) > 100_000
    answer = choose(browser, lead, "scores", content.getvalue(), "lab.xlsx")
    columns = f"{answer.location}/columns"

    def work() -> None:
        with monkeypatch.context() as patch:
            patch.setattr(import_columns_read, "open_file", opened)
            while worker.run_next(database, tools, settings):
                pass

    def refuse(*_: object) -> None:
        raise AssertionError("a page has opened the file")

    opened = import_columns_read.open_file
    monkeypatch.setattr(import_columns_read, "open_file", refuse)
    assert browser.get(columns).status_code == 202
    assert browser.get(answer.location).status_code == 202
    work()
    fields = fields_of(browser.get(columns).get_data(as_text=True))
    assert fields["word-informant"] == ["k", "kind"]
    other = browser.get(f"{columns}?sheet=2019")
    assert (other.status_code, "Opening the file" in text_of(other.get_data(as_text=True))) == (202, True)
    work()
    page = browser.get(f"{columns}?sheet=2019").get_data(as_text=True)
    assert "6,000 rows, 5 columns" in text_of(page)
    fields = fields_of(page) | {"goes-4": ["score"], "do": ["use"]}
    assert (fields["sheet"], fields["goes-0"]) == (["2019"], ["dyad"])
    assert browser.post(columns, fields).status_code == 303
    browser.get(answer.location)
    work()
    page = browser.get(answer.location).get_data(as_text=True)
    assert "Import 6,000 scores of 300 dyads" in text_of(page)
    assert press(browser, answer.location, page).status_code == 303
    with database.read() as db:
        assert set(db.scalars(select(Score.score))) == {41.0}


def test_numbered_columns_are_one_choice_until_somebody_wants_each_on_its_own(database, lead, browser):
    text = "koppel,t1_tasc,t2_tasc,t3_tasc,t4_tasc,datum_t1\nK1,40,41,42,7,2018-01-01\nK2,30,31,,32,\n"
    answer = choose(browser, lead, "scores", text, "wide.csv")
    page, fields = open_columns(browser, answer)
    assert "t1_tasc … t4_tasc 4 columns" in text_of(page)
    assert (fields["goes-1"], fields["with-1"], fields["informant"]) == (
        ["sessions:TASC"],
        ["1,2,3,4"],
        ["own"],
    )
    assert "7 is outside 12–48" in text_of(page)
    page = browser.post(answer.location, {**fields, "goes-1": ["apart"], "do": "try"}).get_data(as_text=True)
    fields = fields_of(page)
    assert [fields[f"goes-{n}"] for n in range(1, 6)] == [*[["score:TASC"]] * 4, ["date"]]
    assert [fields[f"session-{n}"] for n in range(1, 6)] == [["1"], ["2"], ["3"], ["4"], ["1"]]
    fields |= {"goes-4": [""], "session-2": ["7"], "who-3": ["parent"]}
    tried = browser.post(answer.location, {**fields, "do": "try"}).get_data(as_text=True)
    for row in ("2 K1 1 2018-01-01 Child TASC 40", "2 K1 7 – Child TASC 41", "2 K1 3 – Parent TASC 42"):
        assert row in text_of(tried)
    used = browser.post(answer.location, {**fields, "do": "use"})
    check = browser.get(used.location).get_data(as_text=True)
    assert press(browser, used.location, check).status_code == 303
    assert count(database, Dyad, Score) == (2, 5)
    changed = browser.get(answer.location)
    assert changed.status_code == 303, "an import that is over asks nothing more"
