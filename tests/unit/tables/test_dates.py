import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coder_app.tables.dates import DateColumn, NotADate

days = st.dates(datetime.date(1900, 1, 1), datetime.date(2100, 12, 31))


@given(days, st.sampled_from(["%Y-%m-%d", "%d-%m-%Y", "%d.%m.%Y"]))
def test_iso_and_day_month_year_are_read(day, form):
    text = f"{day:{form}}"
    assert DateColumn([text]).read(text) == day.isoformat()


def test_a_date_with_midnight_beside_it_is_a_date():
    assert DateColumn([]).read("2018-02-21 00:00:00") == "2018-02-21"


@pytest.mark.parametrize("text", ["", "NA", "."])
def test_no_date_is_none(text):
    assert DateColumn([]).read(text) is None


def test_slashes_are_refused_where_day_and_month_could_change_places():
    with pytest.raises(NotADate, match="day-month or month-day"):
        DateColumn(["03/04/2018"]).read("03/04/2018")


def test_slashes_are_read_where_another_date_of_the_column_shows_the_order():
    assert DateColumn(["03/04/2018", "21/04/2018"]).read("03/04/2018") == "2018-04-03"


def test_a_date_that_is_the_same_both_ways_is_read():
    assert DateColumn(["04/04/2018"]).read("04/04/2018") == "2018-04-04"


def test_a_month_first_date_makes_its_whole_column_ambiguous():
    column = DateColumn(["12-27-2017", "01-03-2018"])
    with pytest.raises(NotADate, match="day-month or month-day"):
        column.read("01-03-2018")
    with pytest.raises(NotADate, match="not a date of the calendar"):
        column.read("12-27-2017")


@pytest.mark.parametrize(
    "text", ["21-02-18", "2018-02-30", "31-04-2018", "yesterday", "21-02/2018", "0018-01-01"]
)
def test_what_is_not_a_date_is_refused_with_what_was_expected(text):
    with pytest.raises(NotADate, match="Write dates as 2018-02-21 or 21-02-2018"):
        DateColumn([text]).read(text)
