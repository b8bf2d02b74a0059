"""Where files lie in the package, which follows Psych-DS, and which of them need the unmasked study."""

import re
from fnmatch import fnmatchcase

DESCRIPTION, README = "dataset_description.json", "README.md"
DATA, MATERIALS, RESULTS, PRODUCTS = "data", "materials", "results", "products"
TABLES, FIGURES, INSTRUMENTS = f"{RESULTS}/tables", f"{RESULTS}/figures", f"{MATERIALS}/instruments"
WORKBOOK = f"{PRODUCTS}/workbook.xlsx"

# What was observed; every other table is computed from it.
_OBSERVED = (
    *("ruptures-scores.csv", "ruptures-all-scores.csv", "ruptures-sample.csv"),
    *("reliability-forms.csv", "reliability-ratings-*.csv", "reliability-segments-*.csv"),
    *("repeats-ratings-*.csv", "blinding-guesses.csv"),
    *("linkage-long.csv", "linkage-codes.csv", "linkage-sequences.csv", "linkage-alliance.csv"),
)
# What is made with the opened key, and the tables of it that name no dyad, no session and no recording. A
# file that is new and not named here leaves with the unmasked package alone.
JOINED = ("linkage", "blinding")
_SUMMED_UP = (
    *("linkage-means.csv", "linkage-tests.csv", "linkage-patterns.csv", "linkage-association.csv"),
    *("linkage-coders.csv", "blinding-indices.csv"),
)


def is_joined(name: str) -> bool:
    """Whether a file was made with the opened key."""
    return name.partition("-")[0] in JOINED


def is_unmasked(name: str) -> bool:
    """Whether a file tells codes of single sessions, or the truth about single recordings."""
    return is_joined(name) and name not in _SUMMED_UP


def is_observed(name: str) -> bool:
    """Whether a file holds what was observed."""
    return any(fnmatchcase(name, pattern) for pattern in _OBSERVED)


def place_of(name: str) -> str:
    """Return the path of an exported file in the package."""
    if is_observed(name):
        return f"{DATA}/description-{_psych_ds_value(name.removesuffix('.csv'))}_data.csv"
    if name.endswith(".R"):
        return f"{PRODUCTS}/{name}"
    if name.endswith(".json"):
        return f"{MATERIALS}/{name}"
    return f"{TABLES}/{name}" if name.endswith((".csv", ".html")) else f"{RESULTS}/{name}"


def sav_of(name: str) -> str:
    """Return the path of a CSV's SPSS file."""
    return f"{PRODUCTS}/{name.removesuffix('.csv')}.sav"


def folder_of(study_name: str) -> str:
    """Return the name of the folder that the package unpacks to."""
    return re.sub(r"[^a-z0-9]+", "-", study_name.casefold()).strip("-")[:60] or "study"


def _psych_ds_value(stem: str) -> str:
    """Letters and digits alone, as values in names of data files are."""
    first, *others = re.split(r"[^A-Za-z0-9]+", stem)
    return first + "".join(part[:1].upper() + part[1:] for part in others)
