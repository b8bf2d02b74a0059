import pytest

from coder_app.demo.accounts import CODERS, LEAD, PEOPLE, Account, describe_accounts, draw_accounts
from coder_app.demo.report import as_p, as_statistic


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.7849, ".78"), (0.995, ".99"), (0.9951, "1.00"), (1.0, "1.00"), (-0.1249, "-.12"), (-0.001, ".00"),
     (0.0, ".00"), (-1.0, "-1.00"), (None, "none")],
)  # fmt: skip
def test_a_figure_that_cannot_exceed_one_has_no_leading_zero(value, text):
    assert as_statistic(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0384, "p = .038"), (0.0009, "p < .001"), (0.001, "p = .001"), (1.0, "p = 1.000"),
     (None, "p not computed")],
)  # fmt: skip
def test_a_small_p_is_not_written_as_zero(value, text):
    assert as_p(value) == text


def test_three_coders_code_each_scale_and_one_person_leads():
    assert [person.scale for person in PEOPLE] == [None, *["CIRS"] * 3, *["TABBS"] * 3]
    assert len({person.user_name for person in PEOPLE}) == 7


def test_the_accounts_are_told_with_password_and_role():
    accounts = [
        Account(LEAD, "abcd-efgh-jkmn-pqrs", "hash"),
        Account(CODERS[0], "2345-6789", "hash"),
    ]
    _, lead, coder = describe_accounts(accounts)
    assert lead.split() == ["lena", "abcd-efgh-jkmn-pqrs", "lead"]
    assert coder.split() == ["ada", "2345-6789", "coder", "on", "CIRS"]


def test_passwords_differ_from_person_to_person_and_from_start_to_start(monkeypatch):
    monkeypatch.setattr("coder_app.services.auth.hash_password", lambda password: f"hash of {password}")
    passwords = [account.password for _ in range(20) for account in draw_accounts(2)]
    assert len(set(passwords)) == 20 * len(PEOPLE)
    assert all(len(password) >= 16 for password in passwords)
    assert all(account.password_hash == f"hash of {account.password}" for account in draw_accounts(1))
