"""What comes from elsewhere is what we looked at: every file is listed, every listed file is unchanged."""

import hashlib
import re
from pathlib import Path

STATIC = Path(__file__).parents[2] / "static"
VENDOR = STATIC / "vendor"


def listed() -> dict[str, str]:
    lines = (VENDOR / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    return {name: digest for digest, name in (line.split("  ", 1) for line in lines)}


def present() -> set[str]:
    files = (path for path in VENDOR.rglob("*") if path.is_file() and path.name != "SHA256SUMS")
    return {path.relative_to(VENDOR).as_posix() for path in files}


def test_every_vendored_file_is_listed_and_every_listed_file_is_there():
    assert present() == set(listed())


def test_no_vendored_file_has_changed():
    changed = [
        name
        for name, digest in listed().items()
        if hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() != digest
    ]
    assert changed == []


def test_every_vendored_package_names_its_version_and_brings_its_licence():
    folders = {name.split("/")[0] for name in present()}
    assert folders
    for folder in folders:
        assert re.fullmatch(r"[a-z-]+-\d+\.\d+\.\d+", folder), folder
        assert (VENDOR / folder / "LICENSE").is_file(), folder


def test_our_style_sheets_load_nothing_from_other_places_and_only_files_that_exist():
    for sheet in sorted((STATIC / "css").glob("*.css")):
        for address in re.findall(r"url\(\s*[\"']?([^\"')]+)", sheet.read_text(encoding="utf-8")):
            assert not re.match(r"(?:[a-z]+:)?//|data:", address), f"{sheet.name}: {address}"
            assert (sheet.parent / address).resolve().is_file(), f"{sheet.name}: {address}"


def test_both_dark_sets_of_colours_say_the_same():
    text = (STATIC / "css" / "tokens.css").read_text(encoding="utf-8")
    wished = re.search(r':root:not\(\[data-theme="light"\]\) \{(.*?)\}', text, re.S)
    chosen = re.search(r':root\[data-theme="dark"\] \{(.*?)\}', text, re.S)
    assert wished and chosen
    assert wished.group(1).split() == chosen.group(1).split()
