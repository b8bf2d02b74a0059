"""Export: what may leave a study, under which names, and when."""

import csv
import io
import zipfile

import pytest

from coder_app.domain.permissions import Role
from coder_app.models import Membership
from coder_app.services.export_words import MEANINGS
from coder_app.services.reliability_tables import COMPARED
from tests.makers.coded import CODERS, make_coded_study


@pytest.fixture
def study(world, settings):
    """A study whose coding is done."""
    return make_coded_study(world, settings)


def everything(study, browser) -> dict[str, str]:
    answer = study.opened(browser, "/export/everything.zip")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == 'attachment; filename="everything.zip"'
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_before_unmasking_nothing_that_leaves_joins_a_rating_to_a_dyad(study, browser_of):
    files = everything(study, browser_of(study.lead.viewer))
    assert not any(name.startswith("linkage") for name in files)
    dyads = {dyad for dyad, _ in study.session_of.values()}
    for name, text in files.items():
        if name.startswith(("reliability", "README")):
            assert not any(dyad in text for dyad in dyads), name
        if name.startswith("ruptures"):
            assert not any(code in text.split(",") for code in study.recordings), name


def test_coders_leave_as_numbers_and_masks_not_at_all(study, browser_of):
    study.open_key()
    for name, text in everything(study, browser_of(study.lead.viewer)).items():
        assert "mask-" not in text, name
        assert not any(coder in text for coder in CODERS.values()), name


def test_the_page_lists_what_is_open_and_says_why_the_rest_is_closed(study, browser_of):
    browser = browser_of(study.lead.viewer)
    page = study.opened(browser, "/export").get_data(as_text=True)
    assert "reliability-ratings-cirs.csv" in page
    assert "Closed for now. This opens once the study is unmasked." in page
    assert "linkage-long.csv" not in page
    assert "No plan is recorded yet." in page
    assert browser.get(study.address + "/export/linkage-long.csv").status_code == 403
    study.open_key()
    page = study.opened(browser, "/export").get_data(as_text=True)
    assert "linkage-long.csv" in page
    assert "plan-v1.json" in page
    assert "Closed for now" not in page


def test_the_readme_says_what_every_column_means(study, browser_of):
    study.open_key()
    files = everything(study, browser_of(study.lead.viewer))
    readme = files.pop("README.txt")
    for name, text in files.items():
        assert f"\n{name}\n" in readme
        if name.endswith(".csv"):
            for column in next(csv.reader(io.StringIO(text))):
                assert f"  - {column}: {MEANINGS[column]}" in readme
    assert "audit trail then had" in readme
    assert study.lead.study_name in readme


def test_no_meaning_is_written_for_a_column_that_does_not_exist(study, browser_of):
    study.open_key()
    files = everything(study, browser_of(study.lead.viewer))
    used = {
        column
        for name, text in files.items()
        if name.endswith(".csv")
        for column in next(csv.reader(io.StringIO(text)))
    }
    # No bundled scale is rated by segments, nothing came back and nothing is compared: no files of these.
    assert used | {"segment", "occasion", *COMPARED} == set(MEANINGS)


def test_every_file_in_the_zip_can_be_had_alone(study, browser_of):
    study.open_key()
    browser = browser_of(study.lead.viewer)
    files = everything(study, browser)
    files.pop("README.txt")
    # Tells how long the trail is, to which each download of what the key joined adds.
    files.pop("blinding-report.html", None)
    for name, text in files.items():
        answer = browser.get(f"{study.address}/export/{name}")
        assert answer.get_data(as_text=True) == text
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'


@pytest.mark.parametrize(
    "name", ["nothing.csv", "reliability-nothing.csv", "plan-v9.json", "linkage", "x-y-z"]
)
def test_a_name_that_is_no_file_is_not_found(study, browser_of, name):
    study.open_key()
    browser = browser_of(study.lead.viewer)
    study.opened(browser, "/export")
    assert browser.get(f"{study.address}/export/{name}").status_code == 404


def test_coders_export_nothing(study, browser_of):
    coder = browser_of(study.coders["Ada"].viewer)
    for path in ("/export", "/export/everything.zip", "/export/reliability-items.csv"):
        assert coder.get(study.address + path).status_code == 404


def test_a_lead_who_still_codes_gets_what_a_coder_may_know(study, world, database, browser_of):
    ada = study.coders["Ada"]
    with database.write() as db:
        db.add(
            Membership(
                study_id=ada.study_id, user_id=ada.user_id, role=Role.LEAD, created_at=study.lead.now()
            )
        )
    study.open_again("s01", "Ada", "CIRS")
    browser = browser_of(ada.viewer)
    files = everything(study, browser)
    assert not any(name.startswith(("reliability", "linkage")) for name in files)
    assert "You still have recordings to code" in browser.get(study.address + "/export").get_data(
        as_text=True
    )


def test_an_analyst_exports_what_a_lead_exports_after_unmasking(study, world, browser_of):
    study.open_key()
    analyst = world.member(study.lead, "Ana", Role.ANALYST)
    ours, theirs = (everything(study, browser_of(v)) for v in (study.lead.viewer, analyst.viewer))
    assert ours.keys() - theirs.keys() == {"blinding-report.html"}
    assert not theirs.keys() - ours.keys()


def test_a_study_with_nothing_in_it_exports_empty_tables(world, settings, browser_of):
    from tests.makers.coded import CodedStudy

    lead = world.study("Empty")
    empty = CodedStudy(world, settings, lead, {})
    files = everything(empty, browser_of(lead.viewer))
    assert "ruptures-scores.csv" in files
    assert files["reliability-ratings-cirs.csv"].strip() == "target,rater,item,score"
    page = empty.opened(browser_of(lead.viewer), "/export").get_data(as_text=True)
    # Scores, all of them, series, list, forms of the ICC, forms, the ratings of two scales; tables and course
    # have four each, agreement and drift three, repeats one.
    assert page.count("Nothing in it yet.") == 23
