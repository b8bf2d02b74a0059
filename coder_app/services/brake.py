"""The brake on guessing passwords: slow for strangers, never in the way of who comes from the usual place.

Failures are counted for a user name from one address, for a user name from everywhere, and for an address.
The last two do not hold who signs in from an address from which this name came in lately: otherwise a
stranger who keeps guessing could keep a coder out for good. Counts lie in the database.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from coder_app.domain.sentences import Sentence, say
from coder_app.models import SignInFailure
from coder_app.services.actor import Tools
from coder_app.services.auth import hash_token, plain_user_name
from coder_app.services.errors import Refused

ALLOWED_A_PAIR, ALLOWED_A_NAME, ALLOWED_AN_ADDRESS = 10, 30, 50
FORGOTTEN_AFTER = timedelta(minutes=15)
USUAL_FOR = timedelta(days=90)
# What floods of made-up names can fill; beyond it the oldest counts go.
MOST_ROWS = 20_000
_PROVIDERS_PART = 64


@dataclass(frozen=True)
class Attempt:
    """An attempt that may go on, with the counts that it was added to.

    `held` is what others are told just now: who is let on all the same, and is wrong, is told nothing else.
    """

    user_name: str
    address: str
    counted: tuple[str, ...]
    held: Sentence | None


def try_sign_in(db: Session, tools: Tools, user_name: str, address: str) -> Attempt:
    """Count an attempt before its password is looked at; raise Refused after too many.

    Counted first, so that guesses sent all at once are counted like guesses sent one by one. One that is
    refused is not counted, as the caller's transaction ends without it.
    """
    now = tools.clock()
    _tidy(db, now)
    pair = _pair(user_name, address)
    usual = _is_usual(db, pair, now)
    counted, held = [], None
    for key, allowed in _of_strangers(user_name, address):
        failures, since = _lock(db, key, now)
        if failures < allowed:
            _count(db, key, failures, now)
            counted.append(key)
        elif usual:
            held = held or _words(since, now)
        else:
            raise Refused(_words(since, now))
    failures, since = _lock(db, pair, now)
    if failures >= ALLOWED_A_PAIR:
        raise Refused(held or _words(since, now))
    _count(db, pair, failures, now)
    return Attempt(user_name, address, tuple(counted), held)


def forgive(db: Session, tools: Tools, attempt: Attempt) -> None:
    """Take an attempt back that had the right password, and what the name failed from there before."""
    remember(db, tools, attempt.user_name, attempt.address)
    db.execute(
        update(SignInFailure)
        .where(SignInFailure.key_hash.in_(attempt.counted), SignInFailure.failures > 0)
        .values(failures=SignInFailure.failures - 1)
    )


def remember(db: Session, tools: Tools, user_name: str, address: str) -> None:
    """Let an address be one from which this user name is used to come."""
    pair, now = _pair(user_name, address), tools.clock()
    _lock(db, pair, now)
    values = {"failures": 0, "since": now, "right_at": now}
    db.execute(update(SignInFailure).where(SignInFailure.key_hash == pair).values(values))


def _words(since: datetime, now: datetime) -> Sentence:
    left = since + FORGOTTEN_AFTER - now
    return say(
        "Too many attempts. Try again in %(minutes)s min.", minutes=1 + int(left.total_seconds()) // 60
    )


def _pair(user_name: str, address: str) -> str:
    return hash_token(f"pair {_place(address)} {plain_user_name(user_name)}")


def _of_strangers(user_name: str, address: str) -> Iterator[tuple[str, int]]:
    """The counts that hold strangers: always in this order, so that no two attempts wait for each other."""
    yield hash_token(f"address {_place(address)}"), ALLOWED_AN_ADDRESS
    yield hash_token(f"user {plain_user_name(user_name)}"), ALLOWED_A_NAME


def _place(address: str) -> str:
    """Return an address as it is counted: of IPv6 what the provider gives, as the rest can be chosen."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(ip_network((int(found), _PROVIDERS_PART), strict=False))


def _is_usual(db: Session, pair: str, now: datetime) -> bool:
    right_at = db.scalar(select(SignInFailure.right_at).where(SignInFailure.key_hash == pair))
    return right_at is not None and now - right_at <= USUAL_FOR


def _lock(db: Session, key_hash: str, now: datetime) -> tuple[int, datetime]:
    """Return how often a key failed lately and since when; its row is locked until the transaction ends."""
    query = select(SignInFailure.failures, SignInFailure.since).where(SignInFailure.key_hash == key_hash)
    row = db.execute(query.with_for_update()).first()
    if row is None:
        try:
            with db.begin_nested():
                db.execute(insert(SignInFailure), {"key_hash": key_hash, "failures": 0, "since": now})
        except IntegrityError:
            pass  # another attempt has added it at the same moment
        row = db.execute(query.with_for_update()).one()
    return (row.failures, row.since) if now - row.since <= FORGOTTEN_AFTER else (0, now)


def _count(db: Session, key_hash: str, failures: int, now: datetime) -> None:
    values = {"failures": failures + 1} | ({"since": now} if not failures else {})
    db.execute(update(SignInFailure).where(SignInFailure.key_hash == key_hash).values(values))


def _tidy(db: Session, now: datetime) -> None:
    """Remove what counts no more and, when strangers have made up too many names, the oldest counts."""
    strange = SignInFailure.right_at.is_(None)
    old = strange & (SignInFailure.since < now - FORGOTTEN_AFTER)
    gone = select(SignInFailure.id).where(old | (SignInFailure.right_at < now - USUAL_FOR))
    _remove(db, gone)
    if db.scalar(select(func.count()).where(strange)) >= MOST_ROWS:
        oldest = select(SignInFailure.id).where(strange).order_by(SignInFailure.since).limit(MOST_ROWS // 10)
        _remove(db, oldest)


def _remove(db: Session, ids) -> None:
    # Not what another attempt holds: two that wait for each other would both fail.
    free = ids.with_for_update(skip_locked=True)
    db.execute(delete(SignInFailure).where(SignInFailure.id.in_(free)))
