import datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from coder_app.tables.dates import DAY_FIRST, MONTH_FIRST, DateColumn, NotADate

days = st.dates(datetime.date(1900, 1, 1), datetime.date(2100, 12, 31))


@settings(deadline=None)
@given(
    days, st.sampled_from(["%Y-%m-%d", "%d-%m-%Y", "%d.%m.%Y", "%Y/%m/%d", "%Y%m%d", "%d-%b-%Y", "%B %d, %Y"])
)
@example(datetime.date(2100, 12, 31), "%Y%m%d")
def test_dates_are_read_as_people_and_programs_write_them(day, form):
    text = f"{day:{form}}" if day.year >= 1900 else day.isoformat()
    assert DateColumn(["21-02-2018", text]).read(text) == day.isoformat()


@settings(deadline=None)
@given(st.lists(days, min_size=1, max_size=8), st.booleans(), st.sampled_from("-./"))
def test_a_column_in_one_order_is_never_read_in_another_where_one_date_shows_it(column, day_first, mark):
    form = f"%d{mark}%m{mark}%Y" if day_first else f"%m{mark}%d{mark}%Y"
    texts = [f"{day:{form}}" for day in [*column, datetime.date(2018, 2, 21)]]
    dates = DateColumn(texts)
    assert dates.order == (DAY_FIRST if day_first else MONTH_FIRST)
    assert [dates.read(text) for text in texts][:-1] == [day.isoformat() for day in column]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2018-02-21 00:00:00", "2018-02-21"),
        ("2018-02-21T14:30", "2018-02-21"),
        ("21-02-2018 9:05 PM", "2018-02-21"),
        ("21-FEB-2018", "2018-02-21"),
        ("3 mrt 2018", "2018-03-03"),
        ("1. März 2018", "2018-03-01"),
        ("12 juil. 2018", "2018-07-12"),
        ("21-02-18", "2018-02-21"),
        ("21/02/99", "1999-02-21"),
    ],
)
def test_times_names_of_months_and_years_of_two_digits_are_known(text, day):
    assert DateColumn([text]).read(text) == day


@pytest.mark.parametrize("text", ["", "NA", "."])
def test_no_date_is_none(text):
    assert DateColumn([]).read(text) is None


def test_a_column_that_shows_no_order_is_read_day_first_and_says_so():
    column = DateColumn(["03/04/2018", "05/06/2018"])
    assert (column.read("03/04/2018"), column.order) == ("2018-04-03", None)
    ((date, said),) = column.remarks()
    assert date == "03/04/2018"
    assert "day-month or month-day" in said and "03/04/2018 is 2018-04-03" in said


def test_a_column_that_shows_the_month_first_says_so():
    column = DateColumn(["12-27-2017", "01-03-2018"])
    assert column.read("01-03-2018") == "2018-01-03"
    assert column.remarks() == (
        ("12-27-2017", "The dates were read as month-day-year, as 12-27-2017 shows."),
    )


def test_a_column_with_both_orders_is_read_only_where_a_date_can_be_one_of_them():
    column = DateColumn(["12-27-2017", "27-12-2017", "01-03-2018"])
    assert (column.read("12-27-2017"), column.read("27-12-2017")) == ("2017-12-27", "2017-12-27")
    with pytest.raises(NotADate, match="the column has 27-12-2017 and 12-27-2017"):
        column.read("01-03-2018")


def test_years_of_two_digits_are_remarked_on():
    ((date, said),) = DateColumn(["21-02-18", "01-03-18"]).remarks()
    assert (date, said) == (
        "21-02-18",
        "The years of two digits were read as 1969 to 2068. 21-02-18 is 2018-02-21.",
    )


@pytest.mark.parametrize("texts", [["21-02-2018", "03-04-2018"], ["2018-02-21"], ["04/04/2018"], ["x"], []])
def test_a_column_that_can_be_read_in_one_way_needs_no_remark(texts):
    assert DateColumn(texts).remarks() == ()


@pytest.mark.parametrize("text", ["43152", "43152.5", "43152,0"])
def test_a_number_of_excel_is_named_with_the_date_that_it_may_mean(text):
    with pytest.raises(NotADate, match="Excel may mean 2018-02-21"):
        DateColumn([text]).read(text)


@pytest.mark.parametrize(
    "text",
    [
        "2018-02-30",
        "31-04-2018",
        "yesterday",
        "21-02/2018",
        "0018-01-01",
        "13-13-2018",
        "21-foo-2018",
        "1",
        "20181399",
    ],
)
def test_what_is_not_a_date_is_refused_with_what_was_expected(text):
    with pytest.raises(NotADate, match="Write dates as 2018-02-21 or 21-02-2018"):
        DateColumn([text]).read(text)
