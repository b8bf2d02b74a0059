"""The package: a folder that explains itself, holds what its options say, and is the same every time."""

import csv
import hashlib
import io
import json
import re
import shutil
import subprocess
import tomllib
import zipfile
from datetime import timedelta

import openpyxl
import pyreadstat
import pytest
from sqlalchemy import select, update

from coder_app.domain.instruments import bundled_instruments, parse_instrument
from coder_app.models import Dyad, InstrumentVersion
from coder_app.services import figure, package
from coder_app.services.package_facts import LOOKING
from coder_app.services.package_places import is_unmasked, place_of
from coder_app.tables.writing import FORMULA_STARTS
from tests.makers.coded import CODERS, make_coded_study
from tests.makers.kept import keep

PSYCH_DS_NAME = re.compile(r"([a-z]+-[A-Za-z0-9]+_)+data\.csv")
FOLDERS = {"data", "materials", "results", "products"}
RSCRIPT = shutil.which("Rscript")
_made = {}


@pytest.fixture(params=["sqlite"])
def database(request, tmp_path, empty_sqlite):
    """SQLite alone: everything is read through services that are tested on both."""
    from coder_app.db import Database

    path = tmp_path / "test.sqlite"
    path.write_bytes(empty_sqlite.read_bytes())
    with figure.drawn_here():
        made = Database(f"sqlite:///{path}")
        yield made
        made.dispose()


@pytest.fixture
def study(world, settings):
    """A study whose coding is done."""
    return make_coded_study(world, settings)


@pytest.fixture
def opened(world, settings, browser_of):
    """The same after unmasking, with every result computed; a spreadsheet would run the ids of its dyads."""

    def make():
        study = make_coded_study(world, settings)
        with world.database.write() as db:
            db.execute(update(Dyad).values(code="=1+" + Dyad.code))
        study.session_of = {code: (f"=1+{dyad}", n) for code, (dyad, n) in study.session_of.items()}
        study.open_key()
        study.opened(browser_of(study.lead.viewer), "/export")
        return study

    return keep(world, settings, ("packaged",), make)


@pytest.fixture
def files(opened, browser_of):
    """The files of the fullest package, made once: the same data give the same bytes."""
    if "files" not in _made:
        _made["files"] = unpack(package_of(opened, browser_of(opened.lead.viewer), "unmasked", "figures"))
    return _made["files"]


@pytest.fixture
def book(files):
    """Its workbook."""
    if "book" not in _made:
        _made["book"] = openpyxl.load_workbook(io.BytesIO(files["products/workbook.xlsx"]))
    return _made["book"]


def package_of(study, browser, *options: str) -> bytes:
    address = "/export/package.zip" + ("?" + "&".join(f"{name}=1" for name in options) if options else "")
    answer = browser.get(study.address + address)
    if answer.status_code == 202:
        study.work()
        answer = browser.get(study.address + address)
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == 'attachment; filename="package.zip"'
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.data


def unpack(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        folders, names = zip(*(name.split("/", 1) for name in archive.namelist()), strict=True)
        assert set(folders) == {"ruptures"}
        return {name: archive.read(f"ruptures/{name}") for name in names}


def everything_in(files: dict[str, bytes]) -> dict[str, str]:
    """The texts of a package, those within the workbook and the SPSS files included."""
    texts = {
        name: data.decode() for name, data in files.items() if not name.endswith((".xlsx", ".sav", ".docx"))
    }
    packs = ("workbook.xlsx", "report-tables.docx")
    for packed in (one for one in packs if f"products/{one}" in files):
        with zipfile.ZipFile(io.BytesIO(files[f"products/{packed}"])) as archive:
            texts |= {
                f"{packed}/{name}": archive.read(name).decode(errors="replace") for name in archive.namelist()
            }
    return texts | {name: data.decode("latin-1") for name, data in files.items() if name.endswith(".sav")}


def rows_of(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode(), newline="")))


def test_the_folder_follows_psych_ds_and_describes_every_column(opened, files):
    assert {name.split("/")[0] for name in files if "/" in name} == FOLDERS
    described = json.loads(files["dataset_description.json"])
    assert (described["@context"], described["@type"]) == ("https://schema.org", "Dataset")
    assert described["name"] == opened.lead.study_name
    assert (described["license"], len(described["version"])) == ("", 12)
    tables = {name: data.decode() for name, data in files.items() if name.startswith("data/")}
    assert len(tables) >= 5
    columns = set()
    for name, text in tables.items():
        assert PSYCH_DS_NAME.fullmatch(name.rpartition("/")[2]), name
        head, *rows = csv.reader(io.StringIO(text, newline=""))
        assert len(set(head)) == len(head)
        assert all(len(row) == len(head) for row in rows)
        columns |= set(head)
    measured = {one["name"]: one["description"] for one in described["variableMeasured"]}
    assert measured.keys() == columns
    assert all(measured.values())
    assert {one["@type"] for one in described["variableMeasured"]} == {"PropertyValue"}


def test_the_codebook_knows_every_table_and_the_readme_every_file(files):
    entries = rows_of(files["materials/codebook.csv"])
    tables = {name for name in files if name.endswith(".csv") and not name.startswith("materials/")}
    assert {one["file"] for one in entries} == tables
    for name in tables:
        head = next(csv.reader(io.StringIO(files[name].decode())))
        assert [one["column"] for one in entries if one["file"] == name] == head
    assert all(one["meaning"] and one["type"] for one in entries)
    ratings = {
        one["column"]: one for one in entries if one["file"].endswith("reliabilityRatingsCirs_data.csv")
    }
    score = ratings["score"]
    assert (score["type"], score["lowest"], score["highest"]) == ("whole number", "0", "5")
    assert score["values"].startswith("0 = Point 0; 1 = Point 1")
    assert (ratings["target"]["type"], score["missing"]) == ("text", "0")
    page = files["materials/codebook.html"].decode()
    readme = files["README.md"].decode()
    for name in files:
        assert f"- `{name}`: " in readme or name == "README.md"
        assert name not in tables or f"<h2>{name}</h2>" in page
    assert "Rscript products/linkage-recompute.R" in readme
    assert "No audio, no names" in readme


def test_under_recording_codes_alone_nothing_joins_a_rating_to_a_dyad(opened, files, browser_of):
    browser = browser_of(opened.lead.viewer)
    masked = unpack(package_of(opened, browser))
    dyads = {dyad for dyad, _ in opened.session_of.values()}
    assert {name for name in masked if "linkage" in name or "blinding" in name} == {
        *(f"results/tables/linkage-{one}.csv" for one in ("means", "tests", "patterns", "association")),
        *("results/tables/linkage-coders.csv", "results/tables/blinding-indices.csv"),
    }
    # The report gives the means of few sequences, too.
    assert not any("report" in name for name in masked) and "products/report.html" in files
    for name, text in everything_in(masked).items():
        if any(word in name for word in ("eliability", "linkage", "blinding", "agreement", "drift")):
            assert not any(dyad in text for dyad in dyads), name
        if "ruptures" in name:
            assert not any(code in re.split(r"[^\w]", text) for code in opened.recordings), name
    assert files.keys() - masked.keys() > {place_of("linkage-codes.csv")}
    assert any(dyad in files[place_of("linkage-codes.csv")].decode() for dyad in dyads)
    assert "codes are joined to the sessions" in files["README.md"].decode()
    assert "nothing here joins a code to a dyad" in masked["README.md"].decode()


def test_before_unmasking_nothing_of_the_linkage_is_there_and_nobody_gets_it_unmasked(study, browser_of):
    browser = browser_of(study.lead.viewer)
    assert browser.get(study.address + "/export/package.zip?unmasked=1").status_code == 403
    assert not any("linkage" in name or "blinding" in name for name in unpack(package_of(study, browser)))
    assert 'name="unmasked"' not in study.opened(browser, "/export").get_data(as_text=True)
    coder = browser_of(study.coders["Ada"].viewer)
    assert coder.get(study.address + "/export/package.zip").status_code == 404


def test_taking_away_what_the_key_joined_is_on_record(opened, browser_of):
    browser = browser_of(opened.lead.viewer)
    files = unpack(package_of(opened, browser, "unmasked"))
    last = opened.trail()[0]
    n_joined = sum(
        any(w in name for w in ("inkage", "linding", "report")) for name in files if "sav" not in name
    )
    assert (last.act, last.payload) == ("take away what the key joined", {"files": n_joined})
    page = opened.opened(browser, "/export").get_data(as_text=True)
    assert 'name="unmasked"' in page
    assert "No audio, no names of people" in page


def test_nothing_that_leaves_is_run_by_a_spreadsheet(files, book):
    guarded = 0
    for name in (name for name in files if name.endswith(".csv")):
        for row in csv.reader(io.StringIO(files[name].decode(), newline="")):
            for cell in row:
                if cell.lstrip(" ").startswith(FORMULA_STARTS):
                    assert float(cell) < 0, (name, cell)
                guarded += cell.startswith("'=1+D")
    assert guarded > 100
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f", (sheet.title, cell.coordinate)
                if isinstance(cell.value, str) and cell.value.startswith("=1+D"):
                    assert cell.data_type == "s"
                    assert cell.quotePrefix


def test_no_name_of_a_coder_no_mask_and_no_file_name_of_a_recording_leaves(opened, files):
    assert sum(name.endswith(".svg") for name in files) > 5
    for name, text in everything_in(files).items():
        assert "mask-" not in text, name
        assert not any(re.search(rf"\b{coder}\b", text) for coder in CODERS.values()), name
        # The report has the word for the role as well.
        assert opened.lead.viewer.name not in text or "report" in name, name
        assert opened.lead.viewer.public_id not in text, name


def test_the_same_data_give_the_same_bytes_whenever_and_however_often_they_leave(opened, browser_of):
    browser = browser_of(opened.lead.viewer)
    first = package_of(opened, browser, "unmasked")
    opened.world.tools.clock.now += timedelta(days=40)
    assert package_of(opened, browser_of(opened.lead.viewer), "unmasked") == first
    assert [entry.act for entry in opened.trail()[:2]] == ["take away what the key joined"] * 2
    settings = json.loads(unpack(first)["results/settings.json"])
    acts = [entry for entry in opened.trail() if entry.act not in LOOKING]
    assert settings["audit_trail"]["entry"] == acts[0].seq
    assert settings["audit_trail"]["hash"] == acts[0].hash
    assert acts[0].hash in json.loads(unpack(first)["dataset_description.json"])["description"]
    key = next(iter(opened.scores))
    opened.open_again(key[0], key[1], "CIRS")
    assert package_of(opened, browser_of(opened.lead.viewer)) != first


def test_plan_settings_seeds_and_versions_are_in_it(files):
    settings = json.loads(files["results/settings.json"])
    plan = files["materials/plan-v1.json"]
    assert settings["plan"]["sha256"] == hashlib.sha256(plan).hexdigest()
    assert settings["plan"]["sha256"] in files["README.md"].decode()
    results = settings["results"]
    assert results["linkage"]["seeds"]["plan.seed"] == json.loads(plan)["seed"]
    assert results["reliability"]["settings"]["confidence"] == 0.95
    assert results["reliability"]["computed_with"]["NumPy"]
    assert settings["package"]["written_with"].keys() > {"coder_app", "Python", "pyreadstat", "openpyxl"}
    assert settings["package"]["with_dyads_and_sessions"]


def test_workbook_and_spss_files_hold_the_same_as_the_tables(files, book, tmp_path):
    contents = [[cell.value for cell in row] for row in book["Contents"].iter_rows(min_row=2)]
    tables = {name for name in files if name.endswith(".csv") and not name.startswith("materials/")}
    assert {row[1] for row in contents} == tables
    for sheet, file, about, n_rows in contents:
        assert about
        assert n_rows == len(rows_of(files[file]))
        assert book[sheet].max_row == n_rows + 1
    name = place_of("reliability-ratings-cirs.csv")
    path = tmp_path / "ratings.sav"
    path.write_bytes(files["products/reliability-ratings-cirs.sav"])
    values, meta = pyreadstat.read_sav(path)
    rows = rows_of(files[name])
    assert [float(row["score"]) for row in rows] == values["score"].tolist()
    assert [row["target"] for row in rows] == values["target"].tolist()
    assert meta.variable_value_labels["score"][3.0] == "Point 3"
    assert meta.variable_measure["score"] == "ordinal"
    assert meta.column_names_to_labels["target"] == "code of the recording"
    path.write_bytes(files["products/linkage-long.sav"])
    values, meta = pyreadstat.read_sav(path, apply_value_formats=True)
    assert values["position"].tolist() == [
        row["position"] for row in rows_of(files[place_of("linkage-long.csv")])
    ]
    assert meta.variable_value_labels["rupture_type"] == {1.0: "repaired", 2.0: "unrepaired", 3.0: "all"}


def test_a_licensed_wording_stays_with_the_lab_unless_it_may_be_passed_on(study, browser_of):
    words = "Wording that somebody owns"
    with study.world.database.write() as db:
        row = db.scalars(
            select(InstrumentVersion).where(
                InstrumentVersion.study_id == study.lead.study_id, InstrumentVersion.name == "TABBS"
            )
        ).one()
        items = [item | {"label": f"{words} {n}"} for n, item in enumerate(row.definition["items"])]
        row.definition = row.definition | {"items": items}
    browser = browser_of(study.lead.viewer)
    files = unpack(package_of(study, browser, "figures"))
    assert not [name for name, text in everything_in(files).items() if words in text]
    assert "TABBS is not the program’s own" in files["README.md"].decode()
    cirs = parse_instrument(tomllib.loads(files["materials/instruments/cirs-v1.toml"].decode()))
    assert cirs.items == bundled_instruments()["CIRS"].items
    tabbs = parse_instrument(tomllib.loads(files["materials/instruments/tabbs-v1.toml"].decode()))
    assert {item.label for item in tabbs.items} == {item.code for item in tabbs.items}
    files = unpack(package_of(study, browser, "wordings"))
    assert words in files["materials/instruments/tabbs-v1.toml"].decode()
    assert any(name.endswith(".html") and name.startswith("results/") for name in files)


def test_a_file_that_is_new_and_made_with_the_key_leaves_unmasked_alone():
    assert is_unmasked("linkage-something-new.csv")
    assert is_unmasked("blinding-guesses.csv")
    assert not is_unmasked("linkage-tests.csv")
    assert not is_unmasked("reliability-ratings-cirs.csv")


def test_for_which_too_many_wait_is_refused_at_once(opened, browser_of):
    browser = browser_of(opened.lead.viewer)
    package_of(opened, browser)
    held = [package._waiting.acquire(blocking=False) for _ in range(package.MOST_WAITING)]
    assert all(held)
    try:
        assert browser.get(opened.address + "/export/package.zip").status_code == 409
    finally:
        for _ in held:
            package._waiting.release()


@pytest.mark.r
@pytest.mark.skipif(RSCRIPT is None, reason="no Rscript found")
def test_both_r_scripts_run_from_where_the_package_puts_them(files, tmp_path):
    folder = tmp_path / "with a space"
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name.endswith(".R"):  # few draws, to be quick: limits that rest on them are not looked at
            data = re.sub(rb"\nN_(BOOTSTRAP|OMEGA|PERMUTATIONS) <- \d+", rb"\nN_\1 <- 100", data)
        path.write_bytes(data)
    for script in ("linkage-recompute.R", "reliability-recompute.R"):
        call = [RSCRIPT, "--vanilla", f"products/{script}"]
        done = subprocess.run(call, cwd=folder, capture_output=True, text=True, check=False, timeout=300)
        wrong = [line for line in done.stdout.splitlines() if "DIFFERS" in line]
        assert [line for line in wrong if "bootstrap" not in line] == [], done.stdout + done.stderr
        assert re.search(r"[1-9]\d\d+ figures compared", done.stdout), done.stdout + done.stderr
