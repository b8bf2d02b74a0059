"""What a package under recording codes withholds: figures that would lead back to single ratings."""

import csv
import io

from coder_app.services.package_few import WHY, withhold_few

MEANS = "informant,instrument,subscale,rupture_type,position,n,mean,sd,lower,upper,reason\n"


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_the_means_of_both_types_are_withheld_where_one_has_two_sequences() -> None:
    text = MEANS + (
        "child,CIRS,a,all,pre,8,9.5,2.0,8.0,11.0,\n"
        "child,CIRS,a,repaired,pre,6,9.0,2.0,7.0,11.0,\n"
        "child,CIRS,a,unrepaired,pre,2,11.0,1.0,2.0,20.0,\n"
        "therapist,CIRS,a,unrepaired,pre,4,8.0,1.0,6.4,9.6,\n"
    )
    every, repaired, unrepaired, other = rows_of(withhold_few("linkage-means.csv", text))
    assert every["mean"] == "9.5" and other["mean"] == "8.0"
    for row, n in ((repaired, "6"), (unrepaired, "2")):
        assert (row["n"], row["mean"], row["sd"], row["lower"], row["reason"]) == (n, "", "", "", WHY)


def test_tests_of_one_type_alone_are_withheld_and_those_of_all_stay() -> None:
    text = (
        "informant,instrument,subscale,line,test,n,effect,f,reason\n"
        "child,CIRS,a,as planned,pre vs central,8,position,2.5,\n"
        'child,CIRS,a,as planned,"central vs post, repaired only",6,position,3.5,\n'
        'child,CIRS,a,as planned,"central vs post, unrepaired only",2,position,169.0,\n'
    )
    whole, repaired, unrepaired = rows_of(withhold_few("linkage-tests.csv", text))
    assert whole["f"] == "2.5"
    assert (repaired["f"], unrepaired["f"]) == ("", "")


def test_other_files_and_empty_tables_stay_as_they_are() -> None:
    assert withhold_few("ruptures-list.csv", "dyad,n\nD1,1\n") == "dyad,n\nD1,1\n"
    assert withhold_few("linkage-means.csv", MEANS) == MEANS
