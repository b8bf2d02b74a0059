"""The documents tell the truth: links lead somewhere, commands and columns exist, examples print as shown."""

import json
import re
from functools import cache
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from coder_app.bootstrap import COMMANDS
from coder_app.cli import main
from coder_app.services import (
    agreement_tables,
    alphas_tables,
    blinding_tables,
    course_tables,
    drift_tables,
    export_words,
    forms,
    linkage_tables,
    occurrence_tables,
    planning_tables,
    reliability_forms,
    reliability_tables,
    repeat_tables,
    rupture_tables,
    sample_tables,
    score_tables,
    sensitivity_tables,
)
from coder_app.services import trail as trail_service
from coder_app.tables import columns, manifest, mapping_names
from coder_app.tables.manifest import read_manifest
from coder_app.tables.participants import read_participants
from coder_app.tables.scores import read_scores

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]
GUIDES = sorted(DOCS.glob("guide-*.md"))

_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^( *)```.*?^\1```", re.MULTILINE | re.DOTALL)
_COMMAND = re.compile(r"python3 -m coder_app ([a-z][a-z-]*)([^`\n#>]*)")
_OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
_SETTING = re.compile(r"\bCODER_APP_[A-Z_]+\b")
_EXAMPLE = re.compile(r"```console\npython3 -m coder_app ([^\n]+)\n```\n```json\n(.+?)```", re.DOTALL)
_MACHINE_PATH = re.compile(r"(?<![\w.])/(?:home|root|tmp|work|Users|mnt|opt)/|[A-Z]:\\")


def by_name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def prose(path: Path) -> str:
    return _FENCE.sub("", read(path))


def anchors(path: Path) -> set[str]:
    """The names by which a heading can be linked to."""
    headings = re.findall(r"^#+ (.+)$", prose(path), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def section(path: Path, heading: str) -> str:
    """What stands under a heading, up to the next of its rank or above."""
    rank = heading.split()[0]
    text = read(path).split(f"\n{heading}\n", 1)[1]
    return re.split(rf"^#{{1,{len(rank)}}} ", text, maxsplit=1, flags=re.MULTILINE)[0]


def tables(text: str) -> list[list[list[str]]]:
    """Every table of a text as rows of cells, its header first."""
    blocks = re.findall(r"(?:^\|.*\n?)+", text, re.MULTILINE)
    return [
        [[cell.strip() for cell in line.strip()[1:-1].split("|")] for line in block.splitlines()]
        for block in blocks
    ]


def named(text: str, first: str) -> list[str]:
    """The names in code of the first column of the tables that begin with a word."""
    found = [row[0] for table in tables(text) if table[0][0] == first for row in table[2:]]
    return [name for cell in found for name in re.findall(r"`([^`]+)`", cell)]


def find_command(words: list[str]) -> click.Command:
    command: click.Command = main
    for word in words:
        assert isinstance(command, click.Group), words
        found = command.get_command(click.Context(command), word)
        assert found is not None, f"there is no command {' '.join(words)}"
        command = found
    return command


def options(command: click.Command) -> set[str]:
    return {name for one in command.params for name in (*one.opts, *one.secondary_opts) if name[:2] == "--"}


@pytest.mark.parametrize("page", PAGES, ids=by_name)
def test_every_link_within_the_project_leads_somewhere(page):
    for target in _LINK.findall(prose(page)):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        path = (page.parent / name).resolve() if name else page
        assert path.exists(), target
        if anchor:
            assert anchor in anchors(path), target


@pytest.mark.parametrize("page", PAGES, ids=by_name)
def test_no_page_names_a_path_of_somebodys_machine(page):
    assert _MACHINE_PATH.findall(read(page)) == []


def test_every_guide_is_named_in_the_readme():
    linked = {(ROOT / target).resolve() for target in _LINK.findall(read(ROOT / "README.md"))}
    assert set(DOCS.glob("*.md")) <= linked


@pytest.mark.parametrize("page", PAGES, ids=by_name)
def test_every_command_that_is_written_out_exists_with_its_options(page):
    for name, rest in _COMMAND.findall(read(page)):
        words = [name]
        if name == "stats" and (statistic := re.match(r"\s*([a-z]+)", rest)):
            words.append(statistic[1])
        assert set(_OPTION.findall(rest)) <= options(find_command(words)) | {"--help"}, (name, rest)


@pytest.mark.parametrize("page", [ROOT / "README.md", *sorted(DOCS.glob("*.md"))], ids=by_name)
def test_every_option_in_the_prose_belongs_to_a_command(page):
    statistics = find_command(["stats"]).list_commands(None)
    commands = [*([name] for name in COMMANDS), *(["stats", name] for name in statistics)]
    known = {"--help"}.union(*(options(find_command(words)) for words in commands))
    quoted = " ".join(re.findall(r"`([^`\n]+)`", prose(page)))
    assert set(_OPTION.findall(quoted)) <= known


def test_the_readme_lists_every_command():
    assert set(named(read(ROOT / "README.md"), "command")) >= set(COMMANDS)


def test_every_setting_that_a_page_names_is_read_somewhere():
    code = "".join(read(path) for path in sorted((ROOT / "coder_app").rglob("*.py")))
    for page in PAGES:
        for setting in _SETTING.findall(read(page)):
            assert f'"{setting}"' in code, (by_name(page), setting)


@pytest.mark.parametrize("page", GUIDES, ids=by_name)
def test_the_words_in_bold_are_words_on_the_pages(page):
    sources = [
        *sorted((ROOT / "templates").rglob("*.html")),
        *sorted((ROOT / "coder_app" / "web").rglob("*.py")),
        *sorted((ROOT / "static" / "js").glob("*.js")),
    ]
    words = "".join(read(path) for path in sources)
    missing = [bold for bold in re.findall(r"\*\*([^*]+)\*\*", prose(page)) if bold not in words]
    assert set(missing) <= {"bold"}


STATISTICS = (
    *("icc", "agreement", "omega", "alpha", "intra", "dstudy", "drift"),
    *("ruptures", "permutation", "plan"),
)


@pytest.mark.parametrize("statistic", STATISTICS)
def test_the_options_of_a_statistic_are_all_listed_with_their_defaults(statistic):
    text = section(DOCS / "formats.md", f"### `stats {statistic}`")
    command = find_command(["stats", statistic])
    assert set(named(text, "option")) == options(command) - {"--help"}
    rows = [row for table in tables(text) if table[0][0] == "option" for row in table[2:]]
    written = {row[0].strip("`"): row[1] for row in rows}
    for one in command.params:
        if isinstance(one, click.Option) and not one.is_flag:
            usual = one.default if isinstance(one.default, int | float | str) else ""
            assert written[one.opts[0]] == str(usual)


@pytest.mark.parametrize("statistic", [name for name in STATISTICS if name != "plan"])
def test_a_statistic_asks_for_the_columns_that_are_listed(statistic, tmp_path):
    rows = next(
        table[2:]
        for table in tables(section(DOCS / "formats.md", f"### `stats {statistic}`"))
        if table[0][0] == "column"
    )
    empty = tmp_path / "header.csv"
    empty.write_text("nothing\n", encoding="utf-8")
    said = CliRunner().invoke(main, ["stats", statistic, str(empty)]).stderr
    needed = [row[0].strip("`") for row in rows if row[1] == "yes"]
    optional = [f"{row[0].strip('`')} (optional)" for row in rows if row[1] == "no"]
    assert said.rsplit("expected ", 1)[1].strip() == ", ".join([*needed, *optional])


def about(value):
    """The same, with numbers compared to what every platform computes alike."""
    if isinstance(value, dict):
        return {key: about(part) for key, part in value.items()}
    if isinstance(value, list):
        return [about(part) for part in value]
    return pytest.approx(value, rel=1e-6) if isinstance(value, float) else value


EXAMPLES = _EXAMPLE.findall(read(DOCS / "formats.md"))


@pytest.mark.parametrize(("call", "shown"), EXAMPLES, ids=[call.split()[1] for call, _ in EXAMPLES])
def test_an_example_prints_what_the_page_shows(call, shown, monkeypatch):
    monkeypatch.chdir(ROOT)
    printed = CliRunner().invoke(main, call.split())
    assert printed.exit_code == 0, printed.output
    found, expected = json.loads(printed.stdout), json.loads(shown)
    assert found == about(expected)
    assert json.dumps(found).count('"') == json.dumps(expected).count('"')


def test_every_statistic_has_an_example():
    assert [call.split()[1] for call, _ in EXAMPLES] == list(STATISTICS)


DOWNLOADS = {
    "### `ruptures-scores.csv`": (
        "dyad",
        "session",
        "informant",
        "measure",
        "score",
        "attendance",
        "n_imputed",
    ),
    "### `ruptures-all-scores.csv`": score_tables.SCORES,
    "### `ruptures-series.csv`": (
        *rupture_tables.SERIES,
        *rupture_tables.LIMITS.values(),
        *rupture_tables.OF_SESSION,
        *rupture_tables.SETTINGS,
    ),
    "### `ruptures-list.csv`": (*rupture_tables.RUPTURES, *rupture_tables.SETTINGS),
    "### `ruptures-settings.csv`": rupture_tables.SETTING,
    "### `settings-compared.csv`": (*rupture_tables.COMPARED, *rupture_tables.SETTINGS),
    "### `sensitivity-definitions.csv`": sensitivity_tables.DEFINITIONS,
    "### `sensitivity-ruptures.csv`": (
        *sensitivity_tables.FOUND,
        *(f"type_{name}" for name in ("hinges", "exclusive", *(f"type{n}" for n in range(1, 10)))),
        "definitions",
        *rupture_tables.SETTINGS,
    ),
    "### `ruptures-sample.csv`": sample_tables.SAMPLE,
    "### `ruptures-sample-changes.csv`": sample_tables.CHANGES,
    "### `occurrence-prevalence.csv`": (*occurrence_tables.PREVALENCE, *rupture_tables.SETTINGS),
    "### `occurrence-accordance.csv`": (*occurrence_tables.ACCORDANCE, *rupture_tables.SETTINGS),
    "### `occurrence-distribution.csv`": (*occurrence_tables.DISTRIBUTION, *rupture_tables.SETTINGS),
    "### `occurrence-comparison.csv`": (*occurrence_tables.COMPARISON, *rupture_tables.SETTINGS),
    "### `course-series.csv`": course_tables.SERIES,
    "### `course-means.csv`": course_tables.MEANS,
    "### `course-growth.csv`": course_tables.GROWTH,
    "### `course-agreement.csv`": course_tables.AGREEMENT,
    "### `reliability-items.csv`": reliability_tables.ITEMS,
    "### `reliability-icc-forms.csv`": reliability_forms.COLUMNS,
    "### `reliability-subscales.csv`": reliability_tables.SUBSCALES,
    "### `reliability-compared.csv`": reliability_tables.COMPARED,
    "### `reliability-ratings-SCALE.csv`": reliability_tables.RATINGS,
    "### `reliability-segments-SCALE.csv`": reliability_tables.SEGMENTS,
    "### `reliability-forms.csv`": forms.FORMS,
    "### `agreement-items.csv`": agreement_tables.ITEMS,
    "### `agreement-scores.csv`": agreement_tables.SCORES,
    "### `agreement-pairs.csv`": agreement_tables.PAIRS,
    "### `agreement-gaps.csv`": agreement_tables.GAPS,
    "### `drift-alarms.csv`": drift_tables.ALARMS,
    "### `drift-charts.csv`": drift_tables.CHARTS,
    "### `drift-icc.csv`": drift_tables.WINDOWS,
    "### `repeats-agreement.csv`": repeat_tables.AGREEMENT,
    "### `repeats-ratings-SCALE.csv`": repeat_tables.RATINGS,
    "### `planning-recordings.csv`": planning_tables.PLAN,
    "### `planning-coders.csv`": planning_tables.PROJECTION,
    "### `questionnaires-alpha.csv`": alphas_tables.COLUMNS,
    "### `questionnaires-answers.csv`": alphas_tables.ANSWERS,
    "### `linkage-long.csv`": linkage_tables.LONG,
    "### `linkage-means.csv`": linkage_tables.MEANS,
    "### `linkage-tests.csv`": linkage_tables.TESTS,
    "### `linkage-codes.csv`": linkage_tables.CODES,
    "### `linkage-sequences.csv`": linkage_tables.SEQUENCES,
    "### `linkage-alliance.csv`": linkage_tables.ALLIANCE,
    "### `linkage-patterns.csv`": linkage_tables.PATTERNS,
    "### `linkage-association.csv`": linkage_tables.ASSOCIATION,
    "### `linkage-coders.csv`": linkage_tables.CODERS,
    "### `linkage-left-out.csv`": linkage_tables.LEFT_OUT,
    "### `blinding-guesses.csv`": blinding_tables.GUESSES,
    "### `blinding-indices.csv`": blinding_tables.INDICES,
    "### The rows of one test": ("sequence", "position", "rupture_type", "score"),
    "### `audit_trail.csv`": trail_service._COLUMNS,
    "### `problems.csv`": ("file", "row", "column", "value", "problem", "kind"),
}


@pytest.mark.parametrize("heading", DOWNLOADS)
def test_the_columns_of_a_download_are_listed_in_their_order(heading):
    assert named(section(DOCS / "formats.md", heading), "column") == list(DOWNLOADS[heading])


def test_every_column_that_the_export_explains_is_listed():
    listed = {name for heading in DOWNLOADS for name in DOWNLOADS[heading]}
    assert set(export_words.MEANINGS) <= listed


IMPORTS = {
    "### Alliance scores, long": (mapping_names.NEEDED, mapping_names.OPTIONAL),
    "### Recordings and their manifest": (manifest._NEEDED, manifest._OPTIONAL),
}


@pytest.mark.parametrize("heading", IMPORTS)
def test_the_columns_of_an_import_are_listed_with_their_other_names(heading):
    needed, optional = IMPORTS[heading]
    (rows,) = (table[2:] for table in tables(section(DOCS / "formats.md", heading)))
    listed = {row[0].strip("`"): re.findall(r"`([^`]+)`", row[1]) for row in rows if row[2] == "yes"}
    assert listed == {names[0]: list(names[1:]) for names in needed.values()}
    assert [row[0].strip("`") for row in rows if row[2] == "no"] == list(optional)


def test_the_dyad_of_participants_and_of_wide_scores_has_the_same_names():
    for heading in ("### Participants", "### Alliance scores, wide"):
        (rows,) = (table[2:] for table in tables(section(DOCS / "formats.md", heading)))
        assert re.findall(r"`([^`]+)`", " ".join(rows[0][:2])) == list(columns.DYAD_NAMES)


def test_the_example_files_are_read_without_a_problem():
    from coder_app.domain.instruments import bundled_instruments

    examples = {path.name: path.read_bytes() for path in (DOCS / "examples").iterdir()}
    read_as = [
        read_participants(examples["participants.csv"], "participants.csv"),
        read_scores(examples["scores_long.csv"], "scores_long.csv", bundled_instruments()),
        read_scores(examples["scores_wide.csv"], "scores_wide.csv", bundled_instruments()),
    ]
    files = [line.split(",")[0] for line in examples["manifest.csv"].decode().splitlines()[1:]]
    read_as.append(read_manifest(examples["manifest.csv"], "manifest.csv", dict.fromkeys(files, 1)))
    for table in read_as:
        assert table.rows
        assert table.problems == ()
