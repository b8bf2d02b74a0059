"""Statements about a study's blind that are computed from its rows and its trail, each with its evidence."""

from collections.abc import Callable, Iterator

from coder_app.services import blinding_report_order as order
from coder_app.services import blinding_report_rows as rows
from coder_app.services.blinding_report_check import Check, Grounds, Outcome


def check_all(grounds: Grounds) -> tuple[Check, ...]:
    """Return every check, in the order in which a reader asks."""
    checks: tuple[Callable[[Grounds], Check], ...] = (
        order.plan_before_key,
        order.plan_as_hashed,
        order.lock_before_key,
        order.nothing_after_lock,
        order.nothing_after_key,
        rows.roles_apart,
        rows.nobody_told_codes,
        rows.masks_differ,
        rows.masks_own,
        rows.encoded_alike,
        rows.drawn_by_seed,
        rows.dealt_by_seed,
    )
    return tuple(check(grounds) for check in checks)


def count_outcomes(checks: tuple[Check, ...]) -> Iterator[tuple[Outcome, int]]:
    """Yield how many checks had each outcome that occurred."""
    for outcome in Outcome:
        n = sum(check.outcome is outcome for check in checks)
        if n:
            yield outcome, n
