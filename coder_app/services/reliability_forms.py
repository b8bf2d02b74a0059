"""All forms of the ICC of items and sums, with their tests: kept with the result, and as CSV."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from coder_app.analysis.icc import ItemIcc

WITHHELD = "withheld: the item is rare"
COLUMNS = (
    *("instrument", "item", "subscale", "form", "icc", "lower", "upper"),
    *("f", "df1", "df2", "p", "reason"),
)
_FIGURES = ("estimate", "lower", "upper")
_TEST = ("f", "df1", "df2", "p")


def describe_forms(result: "ItemIcc") -> list[dict[str, Any]]:
    """Return every form that the design has, with its F test where the data are complete."""
    tests = result.tests or {}
    nothing = dict.fromkeys(_TEST)
    return [
        {
            "form": form,
            **asdict(found),
            **({name: getattr(tests[form], name) for name in _TEST} if form in tests else nothing),
        }
        for form, found in result.icc.items()
    ]


def write_forms(content: dict[str, Any]) -> str:
    """Return a row for every form of every item and sum; a rare item's are withheld here too."""
    from coder_app.tables.writing import write_csv

    rows = []
    for instrument in content["instruments"]:
        for item in instrument["items"]:
            given = {"rare": item["rare"], "reason": item["reason"]}
            rows += [(instrument["name"], item["code"], None, *_row(one, **given)) for one in item["forms"]]
        for subscale in instrument["subscales"]:
            given = {"rare": False, "reason": subscale["reason"]}
            rows += [
                (instrument["name"], None, subscale["code"], *_row(one, **given)) for one in subscale["forms"]
            ]
    return write_csv(COLUMNS, rows)


def _row(one: dict[str, Any], *, rare: bool, reason: str | None) -> tuple[Any, ...]:
    said = "; ".join(filter(None, (WITHHELD if rare else None, one["reason"] or reason)))
    figures = [None if rare else one[name] for name in (*_FIGURES, *_TEST)]
    return (one["form"], *figures, said or None)
