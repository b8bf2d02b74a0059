import pytest
from hypothesis import given
from hypothesis import strategies as st

from coder_app.tables.numbers import NotANumber, NumberColumn, read_whole


def read(*texts: str, delimiter: str = ",") -> list[float | None]:
    column = NumberColumn(texts, delimiter)
    return [column.read(text) for text in texts]


@given(st.lists(st.decimals(-1000, 1000, places=2), min_size=1), st.sampled_from(".,"))
def test_a_column_with_one_decimal_mark_reads_as_its_numbers(values, mark):
    assert read(*(str(value).replace(".", mark) for value in values)) == [float(value) for value in values]


def test_whole_numbers_may_stand_among_decimal_commas():
    assert read("38", "38,5", "40", delimiter=";") == [38, 38.5, 40]


def test_a_decimal_without_a_digit_before_its_mark_is_a_number():
    assert read(".50") == [0.5]
    assert read(",50") == [0.5]


@pytest.mark.parametrize("text", ["", "NA", "na", ".", "n/a", "N/A", "NaN", "#N/A", "#NULL!"])
def test_what_stands_for_a_missing_number_is_missing(text):
    assert read(text) == [None]


def test_a_code_for_missing_is_a_number_like_any_other():
    assert read("-99") == [-99]


@pytest.mark.parametrize("text", ["1.234,5", "1,234.5", "1.234.567,8"])
def test_a_number_with_both_marks_is_refused(text):
    with pytest.raises(NotANumber, match="both a point and a comma"):
        read(text)


@pytest.mark.parametrize("text", ["1e5", "4 2", "42%", "inf", "١٢", "0x1f", "1.2.3", "+", "4,", "4."])
def test_what_is_not_a_plain_number_is_refused(text):
    with pytest.raises(NotANumber, match="is not a number"):
        read(text)


def test_a_comma_among_points_is_refused_but_the_points_are_read():
    column = NumberColumn(["38.5", "38,5"], ",")
    assert column.read("38.5") == 38.5
    with pytest.raises(NotANumber, match="other numbers of the column have a decimal point"):
        column.read("38,5")


def test_a_comma_before_three_digits_in_every_number_may_be_a_thousand_where_commas_separate_cells():
    with pytest.raises(NotANumber, match="decimals or thousands"):
        read("1,234", "5,678")
    assert read("1,234", "5,6") == [1.234, 5.6]
    assert read("3,875", "4,125", delimiter=";") == [3.875, 4.125]
    assert read("0,875") == [0.875]


@pytest.mark.parametrize(
    ("text", "number"),
    [("9", 9), ("09", 9), ("9.0", 9), ("9,0", 9), ("0", 0), ("0010", 10), ("1234", 1234)],
)
def test_a_whole_number_is_read_as_spreadsheets_write_it(text, number):
    assert read_whole(text) == number


@pytest.mark.parametrize("text", ["", "-1", "1.5", "x", "1e1", "12345", "S1", "²"])
def test_what_is_not_a_whole_number_is_none(text):
    assert read_whole(text) is None
