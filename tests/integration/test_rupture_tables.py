"""The tables of the source study, on the reference study."""

import csv
import html
import io
import json
import re
from functools import partial

import pytest
from sqlalchemy import select

from coder_app.domain.permissions import Role
from coder_app.models import Dyad
from coder_app.services import occurrence
from coder_app.services.errors import Refused
from coder_app.services.occurrence_tables import ACCORDANCE, COMPARISON, DISTRIBUTION, PREVALENCE
from tests.makers.alliance import RUPTURE_STUDY
from tests.makers.covariates import add_covariates
from tests.makers.scores import add_reference_study, add_scores

R = json.loads((RUPTURE_STUDY.parent / "occurrence.json").read_text())["study"]
TABLES = "/rupture-tables"


@pytest.fixture
def lead(world):
    return world.study()


@pytest.fixture
def opened(lead, open_computed):
    """Return a function that opens a page of the study once its results are computed."""
    return partial(open_computed, lead)


def text_of(answer):
    assert answer.status_code == 200
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True))).split())


def rows_of(answer):
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.get_data(as_text=True))))


@pytest.mark.usefixtures("drawn_here")
def test_the_reference_study_has_the_tables_of_the_source_study(lead, database, opened, world):
    with database.write() as db:
        add_reference_study(db, lead)
        add_covariates(db, lead)
    page = opened(TABLES)
    text = text_of(page)
    for said in (
        "Series analysed dyads 56 62.9 54 60.7",
        "Series with a rupture series analysed 15 26.8 21 38.9",
        "Repaired ruptures 8 50.0 18 75.0",
        "With all three recordings ruptures 10 62.5 13 54.2",
        "Child age 9.47 (1.36), 15 9.71 (1.19), 41 0.42 (1, 54) .521 1.000 0.37 (1, 22.4) .550 −0.19 "
        "[−0.78, 0.39]",
        "M = ",
        "36 series with a rupture, of 31 dyads. 5 dyads of 31 (16.1%) show a rupture to both child and",
        "in the same treatment session never; chance would give 0.7 (p = 1.000)",
        "Dyads with both series analysed (n = 33) 5 4 10 14",
        "Fourths: Tukey’s hinges; control chart with k = 1",
        "The numbers as a table",
    ):
        assert said in text, said
    prevalence = rows_of(opened(f"{TABLES}/prevalence.csv"))
    assert list(prevalence[0])[: len(PREVALENCE)] == list(PREVALENCE)
    counted = {(row["informant"], row["counted"]): row for row in prevalence}
    assert counted["child", "recorded"]["count"] == "10"
    assert float(counted["therapist", "with_rupture"]["lower"]) == pytest.approx(0.2704, abs=1e-4)
    assert counted["therapist", "with_rupture"]["k"] == "1.0"
    compared = rows_of(opened(f"{TABLES}/comparison.csv"))
    for informant, expected in R.items():
        found = {row["covariate"]: row for row in compared if row["informant"] == informant}
        assert float(found["child_age"]["f"]) == pytest.approx(expected["child_age"]["f"])
        assert float(found["child_gender"]["p"]) == pytest.approx(expected["child_gender"]["p"])
        assert float(found["condition"]["p_exact"]) == pytest.approx(expected["condition"]["p_exact"])
        years = found["therapist_experience_years"]
        assert (years["unit"], int(years["n_with"])) == ("therapist", expected["n_therapists_with"])
        assert float(years["p"]) == pytest.approx(expected["therapist_experience_years"]["p"])
    distribution = rows_of(opened(f"{TABLES}/distribution.csv"))
    at_each = [
        int(row["ruptures"])
        for row in distribution
        if (row["informant"], row["counted_by"]) == ("child", "session")
    ]
    assert (len(at_each), sum(at_each), at_each[0]) == (12, 16, 0)
    accordance = rows_of(opened(f"{TABLES}/accordance.csv"))
    assert [row["both"] for row in accordance] == ["5", "0", "0", "0", "1"]

    # The settings of the address, also those of the comparisons, and the intervals.
    other = text_of(opened(f"{TABLES}?k=1.5&of:therapist_age=left+out&of:child_age=therapist&intervals=yes"))
    assert "control chart with k = 1.5" in other
    assert "Child (TASC), Child age: differs between the dyads of T03, T05, T06 and 13 more." in other
    assert "Therapist age" not in other.split("What is compared")[0]
    assert "Series analysed dyads 56 62.9 [52.5, 72.2] 54 60.7 [50.3, 70.2]" in other
    assert opened(f"{TABLES}?k=-1").status_code == 422

    # Files for a paper.
    for table in ("prevalence", "accordance", "coincidence", "thirds", "numbers", "words", "shares"):
        file = opened(f"{TABLES}/{table}.html")
        assert file.headers["Content-Disposition"] == f'attachment; filename="ruptures-table-{table}.html"'
        assert "Note." in text_of(file)
    figure = opened("/figures/occurrence/distribution.svg")
    assert figure.data.startswith(b"<?xml")
    links = re.findall(r'href="([^"]*/figures/occurrence/[^"]*)"', page.get_data(as_text=True))
    assert sorted(link.rpartition(".")[2] for link in links) == ["pdf", "png", "svg"]
    for nothing in ("prevalence.bmp", "nothing.csv", "nothing.html"):
        assert opened(f"{TABLES}/{nothing}").status_code == 404

    # An analyst sees the tables, and nothing of which sessions were recorded; a coder sees nothing.
    analyst = world.member(lead, "Ana", Role.ANALYST).viewer
    assert "With all three recordings" not in text_of(opened(TABLES, analyst))
    assert "recorded" not in opened(f"{TABLES}/prevalence.csv", analyst).get_data(as_text=True)
    assert (
        opened(TABLES, world.member(lead, "Cor", Role.CODER, instruments=("CIRS",)).viewer).status_code == 404
    )

    # All tables leave with everything else.
    for name, columns in (
        *(("prevalence", PREVALENCE), ("accordance", ACCORDANCE)),
        *(("distribution", DISTRIBUTION), ("comparison", COMPARISON)),
    ):
        file = opened(f"/export/occurrence-{name}.csv").get_data(as_text=True)
        assert file.splitlines()[0].split(",")[: len(columns)] == list(columns)
        assert "recorded" not in file


def test_one_informant_without_covariates_has_no_accordance_and_no_comparison_and_the_page_says_so(
    lead, database, opened
):
    assert "then alliance scores" in text_of(opened(TABLES))
    scores = [("D1", at, "child", "TASC", 40 - 9 * (at == 5)) for at in range(1, 9)]
    with database.write() as db:
        add_scores(db, lead, ["D1", "D2"], scores)
    text = text_of(opened(TABLES))
    assert "Scores of one informant only: there is nobody to agree with." in text
    assert "Nothing is known of the dyads yet" in text
    assert "Series analysed dyads 1 50.0" in text
    assert opened(f"{TABLES}/coincidence.html").status_code == 404
    too_long = text_of(opened(f"{TABLES}?min_run=9"))
    assert "Series analysed dyads 0 0.0" in too_long
    assert "no treatment session of an analysed series" in too_long
    assert "Child (TASC): no series has 9 consecutive scores." in too_long


def test_three_informants_are_compared_in_all_pairs_and_strange_units_are_refused(lead, database):
    scores = [
        (dyad, at, who, measure, 40 - 9 * (at == 5))
        for dyad in ("D1", "D2")
        for at in range(1, 9)
        for who, measure in (("child", "TASC"), ("parent", "TASC"), ("therapist", "TASC"))
    ]
    with database.write() as db:
        add_scores(db, lead, ["D1", "D2"], scores)
        for dyad in db.scalars(select(Dyad)):
            dyad.covariates = (
                {"therapist": "T1", "therapist_age": 40.0} if dyad.code == "D1" else {"age": 9.0}
            )
    with database.read() as db:
        content = occurrence.compute(occurrence.collect(db, lead, {}), lambda done, total: None)
        with pytest.raises(Refused, match="not of pairs"):
            occurrence.collect(db, lead, {"units": {"age": "pairs"}})
    assert [(one["first"][0], one["second"][0]) for one in content["accordance"]] == [
        ("child", "parent"),
        ("child", "therapist"),
        ("parent", "therapist"),
    ]
    assert all(one["sessions"]["both"] == 2 for one in content["accordance"])
    assert [one["n_without_therapist"] for one in content["analyses"]] == [1, 1, 1]
    assert content["compared"] == {
        "therapist": "therapist",
        "units": {"age": "dyad", "therapist_age": "therapist"},
    }
    assert json.dumps(content, allow_nan=False)
