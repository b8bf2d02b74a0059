"""The report: every number as it was computed, the key's part only once it is open, and the same as files."""

import io
import re
from html import unescape

import pytest
from docx import Document

from coder_app.domain.permissions import Role
from coder_app.models import Assignment, Membership
from coder_app.services import linkage, reliability, report_flow, rupture, sample, snapshot
from coder_app.services.report_flow import find_flow
from coder_app.web.lead.report_apa import italicise
from coder_app.web.lead.report_grras import GrrasFacts, fill_grras
from coder_app.web.lead.report_linkage import OPENS
from coder_app.web.numbers import coefficient, decimal, decimal_interval, interval, p_value
from coder_app.worker import run_next
from tests.integration.test_sample_choice import FIRST, RECORDED, ROWS, SETTINGS
from tests.makers.coded import CODERS, make_coded_study
from tests.makers.scores import add_scores

HTML, TABLES = "/report/report.html", "/report/report-tables.docx"


@pytest.fixture
def study(world, settings):
    """A study whose coding is done."""
    return make_coded_study(world, settings)


def words_of(page: str) -> str:
    """The text of a page, each run of spaces as one."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).replace("\u00a0", " ").split())


def tables_of(page: str) -> list[list[list[str]]]:
    """The cells of every numbered table of a page; a heading of rows is one cell."""
    found = re.findall(r'<table class="apa.*?</table>', page, re.S)
    return [
        [
            [
                unescape(re.sub(r"<[^>]+>", "", cell)).replace("\u00a0", " ")
                for cell in re.findall(r"<t[hd]\b.*?</t[hd]>", row, re.S)
            ]
            for row in re.findall(r"<tr>.*?</tr>", table, re.S)
        ]
        for table in found
    ]


def plain(rows) -> list[list[str]]:
    """Cells without what pages set in another way: subscripts, marks, a heading over all columns."""
    alike = str.maketrans({"²": "2", "_": None, "\u00a0": " "})
    mark = ("Open To be written by you:", "Open, to be written by you:")
    return [list(dict.fromkeys(cell.translate(alike).replace(*mark) for cell in row)) for row in rows]


def written(study, browser) -> str:
    answer = study.opened(browser, "/report")
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def content_of(study, database, kind):
    with database.read() as db:
        return snapshot.find(db, study.lead, kind, {}).content


def test_before_the_key_opens_readers_get_reliability_and_grras_as_their_pages_allow_and_no_linkage(
    study, world, browser_of, database
):
    browser = browser_of(study.lead.viewer)
    page = written(study, browser)
    text = words_of(page)
    assert OPENS in text and "Permutation Tests" not in text
    with database.read() as db:
        n = len(study.recordings)
        assert report_flow._count_coded(db, study.lead) == report_flow.Coded(n, n)
    for number in range(1, 16):
        assert re.search(rf"\b{number}\. [A-Z]", text)
    for item in fill_grras(GrrasFacts(None, {}, None, {})):
        assert f"{item.number}. {item.wanted}" in text
        assert item.filled or item.open
    rows = [row for table in tables_of(page) for row in table]
    for one in content_of(study, database, reliability.KIND)["instruments"]:
        for item in one["items"]:
            icc = item["icc"]
            shown = next(row for row in rows if row[0] == item["label"])
            if not item["rare"] and icc["estimate"] is not None:
                limits = interval(icc["lower"], icc["upper"])
                assert shown[1:3] == [coefficient(icc["estimate"]), limits]
    assert not any(name in text for name in (*CODERS.values(), *study.recordings))
    dyads = {dyad for dyad, _ in study.session_of.values()}
    assert not any(re.search(rf"\b{dyad}\b", text) for dyad in dyads)

    assert browser_of(study.coders["Ada"].viewer).get(f"{study.address}/report").status_code in (403, 404)
    analyst = world.member(study.lead, "ines", Role.ANALYST)
    text = words_of(written(study, browser_of(analyst.viewer)))
    assert "the study’s leads" in text and "Checks of the Blind" not in text
    with database.write() as db:
        db.add(
            Membership(
                study_id=study.lead.study_id,
                user_id=study.lead.user_id,
                role=Role.CODER,
                created_at=study.lead.now(),
            )
        )
        form = db.query(Assignment).first()
        form.user_id, form.state, form.submitted_at = study.lead.user_id, "in progress", None
    text = words_of(written(study, browser_of(study.lead.viewer)))
    assert "You still have recordings to code" in text
    assert "ICC(A,1) =" not in text and "ICCs of" not in text
    # How many there are and how far they are tells whose form of which recording counts.
    with database.read() as db:
        assert report_flow._count_coded(db, world.again(study.lead)) is None


def test_an_unmasked_study_has_the_numbers_that_were_computed_and_the_same_cells_in_its_files(
    study, browser_of, database
):
    study.open_key()
    browser = browser_of(study.lead.viewer)
    page = written(study, browser)
    text, tables = words_of(page), tables_of(page)
    content = content_of(study, database, linkage.KIND)
    rows = [row for table in tables for row in table]
    for result in content["results"]:
        first = result["positions"][0]
        cell = f"{decimal(first['mean'])} ({decimal(first['sd'])})"
        limits = decimal_interval(first["lower"], first["upper"])
        assert ["All", str(first["n"]), cell, limits] in [row[:4] for row in rows]
        effect = result["tests"][0]["effects"][0]
        told = f"F ( {effect['df1']}, {effect['df2']}) = {decimal(effect['f'])}"
        p = f"p = {p_value(effect['p_permutation'])}".replace("= <", "<")
        assert f"{told.replace('( ', '(')}, {p}" in text
        tested = [row for row in rows if row[0] == "Pre vs. central" and row[2] == decimal(effect["f"])]
        assert any(row[5].startswith(p_value(effect["p_permutation"])) for row in tested)
    assert content["plan_sha256"][:12] in text
    assert "Kherad-Pajouh, S., & Renaud, O. (2015)" in text and "Freedman, D." not in text
    assert not any(re.search(rf"\b{dyad}\b", text) for dyad, _ in study.session_of.values())

    files = {path: browser.get(study.address + path).data for path in (HTML, TABLES)}
    assert {path: browser.get(study.address + path).data for path in (HTML, TABLES)} == files
    alone = files[HTML].decode()
    assert tables_of(alone) == tables
    assert not re.search(r"<(link|script|img)\b|https?://|url\(", alone)
    document = Document(io.BytesIO(files[TABLES]))
    kept = [plain([cell.text for cell in row.cells] for row in one.rows) for one in document.tables]
    assert kept == [plain(table) for table in tables] and len(kept) > 10
    taken = [entry for entry in study.trail() if entry.act == "take away what the key joined"]
    assert len(taken) == 4


def test_the_flow_names_every_loss_with_its_number_and_reason(world, database, tools, settings):
    lead = world.study()

    def flow_of(actor):
        with database.read() as db:
            found = snapshot.find(db, actor, rupture.KIND, SETTINGS)
            frozen = sample.find_sample(db, actor)
            return find_flow(db, actor, found.content, found.inputs["sessions"], frozen, None)

    def steps_of(flow):
        steps = flow.streams[0].steps
        return [(one.name, one.n, [(loss.n, loss.reason) for loss in one.losses]) for one in steps]

    with database.write() as db:
        codes = ["D1", "D2", "D3", "D4", "D5", "D6"]
        add_scores(db, lead, codes, ROWS, recorded=RECORDED)
        snapshot.ask(db, lead, "ruptures", SETTINGS)
    while run_next(database, tools, settings):
        pass
    before = flow_of(lead)
    assert not before.is_frozen and before.coded is None
    common = [
        ("Dyads with scores of the child", 5, [(1, "no score")]),
        ("Series analysed", 5, []),
        ("Series with a rupture", 5, []),
        ("Ruptures found", 5, []),
        ("Repaired or unrepaired", 4, [(1, "session 8 is the last one")]),
        ("With all three recordings", 3, [(1, "a session without a recording")]),
    ]
    assert steps_of(before) == [*common, ("In the sample", None, [])]
    with database.write() as db:
        sample.freeze(db, lead, SETTINGS, {FIRST: "The child asked not to be coded."})
    frozen = [*common, ("In the sample", 2, [(1, "by choice: The child asked not to be coded.")])]
    assert steps_of(flow_of(lead)) == frozen
    # Who must not see which sequences lack a recording is told how many do, and no more.
    assert steps_of(flow_of(world.member(lead, "ines", Role.ANALYST))) == frozen


def test_symbols_of_statistics_are_set_in_italics_and_nothing_else():
    said = italicise("F(1, 9) = 3.81, p < .001, ηp² = .30, a <q> is 3; keep p. 3 and d_av")
    assert said == (
        "<i>F</i>(1, 9) = 3.81, <i>p</i> &lt; .001, η<sub>p</sub><sup>2</sup> = .30, a &lt;q&gt; is 3; "
        "keep p. 3 and <i>d</i><sub>av</sub>"
    )
