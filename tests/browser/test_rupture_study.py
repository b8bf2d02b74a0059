"""Ruptures in Chromium: a lead brings scores, and the page finds what an independent program found."""

import csv
import json
import re

import pytest

from tests.browser.conftest import PATIENCE, Server
from tests.browser.inputs import REFERENCE
from tests.browser.test_whole_job import create_study, set_up

pytestmark = pytest.mark.browser

EXPECTED = json.loads((REFERENCE / "expected_ruptures.json").read_text(encoding="utf-8"))
USUAL = {"Fourths": "hinges", "Criteria": "both", "Lower limit: k": "1", "Pooled SD": "all"}
SETTINGS = {
    "default": {},
    "k1.5": {"Lower limit: k": "1.5"},
    "within": {"Pooled SD": "within"},
    "chart_only": {"Criteria": "chart"},
    "exclusive": {"Fourths": "exclusive"},
}
COUNTS = ("series_with", "n_series", "n", "repaired", "unrepaired")
LIST = "section[aria-labelledby=list]"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A server of its own, for this study alone."""
    started = Server(tmp_path_factory.mktemp("rupture_study"))
    yield started
    started.end()


@pytest.fixture(scope="module")
def lead(chromium, server):
    """A lead's window on the ruptures of a study whose scores came in through the pages."""
    with chromium.new_context(base_url=server.address, viewport={"width": 1366, "height": 900}) as window:
        page = window.new_page()
        page.set_default_timeout(PATIENCE)
        set_up(page, server, not_looking)
        create_study(page, not_looking)
        study = page.url.rstrip("/")
        for kind, file in (("participants", "participants.csv"), ("scores", "alliance/scores_wide.xlsx")):
            bring(page, f"{study}/alliance/import/{kind}", REFERENCE / file)
        page.goto(f"{study}/ruptures")
        page.locator("#settings-card").wait_for()
        yield page


def bring(page, address: str, file) -> None:
    """Import one file as its first reading proposes."""
    page.goto(address)
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Check the file").click()
    page.wait_for_url("**/imports/**")
    with page.expect_navigation():
        page.get_by_role("button", name=re.compile("^Import")).click()


def not_looking(page, name: str) -> None:
    """Other tests look at these pages."""


@pytest.mark.parametrize("choice", SETTINGS)
def test_the_page_and_its_download_show_what_an_independent_program_found(lead, choice, tmp_path):
    preview(lead, USUAL | SETTINGS[choice])
    downloaded = download(lead, tmp_path)
    for informant, measure in (("child", "TASC"), ("therapist", "WAI-S")):
        expected = EXPECTED[informant][choice]["sequences"]
        show(lead, informant)
        assert read_list(lead) == expected
        assert read_counts(lead) == [EXPECTED[informant][choice][name] for name in COUNTS]
        assert [row[1:] for row in downloaded if row[0] == (informant, measure)] == [
            tuple(one) for one in expected
        ]


def preview(lead, chosen: dict[str, str]) -> None:
    """Fill in the form of the settings, and wait until the result is there."""
    form = lead.locator("#settings-card form")
    for label in ("Fourths", "Criteria", "Pooled SD"):
        form.get_by_label(label, exact=True).select_option(chosen[label])
    form.get_by_label("Lower limit: k", exact=True).fill(chosen["Lower limit: k"])
    with lead.expect_navigation():
        form.get_by_role("button", name="Preview these settings").click()
    lead.locator("#settings-card").wait_for()
    for label, value in chosen.items():
        assert form.get_by_label(label, exact=True).input_value() == value


def show(lead, informant: str) -> None:
    """Choose the informant whose series and ruptures the page shows."""
    lead.locator("#picker select[name=informant]").select_option(informant)
    with lead.expect_navigation():
        lead.get_by_role("button", name="Show this series").click()
    lead.get_by_role("heading", name=f"Ruptures of the {informant}").wait_for()


def read_list(lead) -> list[list]:
    """Return dyad, central session, criterion and type of each rupture on the page."""
    rows = lead.locator(f"{LIST} tbody tr").evaluate_all(
        "rows => rows.map(row => [...row.cells].map(cell => cell.innerText.trim()))"
    )
    return [
        [dyad, int(central), criterion, None if kind.startswith("not classifiable: ") else kind]
        for dyad, _, central, _, criterion, kind, *_ in rows
    ]


def read_counts(lead) -> list[int]:
    """Return the numbers of the sentence that counts series and ruptures, as far as they are expected."""
    said = lead.locator("section[aria-labelledby=counts] p").first.inner_text()
    return [int(number) for number in re.findall(r"\d+", said)][: len(COUNTS)]


def download(lead, folder) -> list[tuple]:
    """Return informant and measure, dyad, central session, criterion and type of each row of the file."""
    with lead.expect_download() as waiting:
        lead.locator(LIST).get_by_role("link", name="CSV").first.click()
    path = folder / "ruptures.csv"
    waiting.value.save_as(path)
    with open(path, encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert all(row["reason"] for row in rows if not row["type"])
    return [
        (
            (row["informant"], row["measure"]),
            row["dyad"],
            int(row["central"]),
            row["criterion"],
            row["type"] or None,
        )
        for row in rows
    ]
