"""Signing in: passwords, sign-in tokens, and the brake on guessing."""

import hashlib
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from coder_app.models import Login, SignInFailure, User
from coder_app.services.actor import Tools, Viewer
from coder_app.services.errors import Refused

LOGIN_LASTS = timedelta(hours=12)
FAILURES_ALLOWED = 10
FAILURES_FORGOTTEN_AFTER = timedelta(minutes=15)
SHORTEST_PASSWORD = 12

# argon2 takes half a second of a core and 64 MiB: a burst of sign-ins must not stop the pages.
_hashing = threading.BoundedSemaphore(2)


@dataclass(frozen=True)
class Credentials:
    """What is needed to check a password outside a transaction."""

    user_id: int
    password_hash: str


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password; raise Refused when it is too short."""
    if len(password) < SHORTEST_PASSWORD:
        raise Refused(f"A password needs at least {SHORTEST_PASSWORD} characters.")
    from argon2 import PasswordHasher

    with _hashing:
        return PasswordHasher().hash(password)


def verify_password(credentials: Credentials | None, password: str) -> bool:
    """Say whether the password is right, taking as long for an unknown user name as for a known one."""
    from argon2 import PasswordHasher
    from argon2.exceptions import InvalidHashError, VerificationError

    hasher = PasswordHasher()
    with _hashing:
        if credentials is None:
            hasher.hash(password)
            return False
        try:
            return hasher.verify(credentials.password_hash, password)
        except (VerificationError, InvalidHashError):
            return False


def find_credentials(db: Session, user_name: str) -> Credentials | None:
    """Return the credentials that belong to a user name, if the person may sign in."""
    row = db.execute(
        select(User.id, User.password_hash).where(
            User.user_name == plain_user_name(user_name), User.disabled_at.is_(None)
        )
    ).first()
    return Credentials(row.id, row.password_hash) if row else None


def open_login(db: Session, tools: Tools, user_id: int) -> str:
    """Sign a person in and return the token for the cookie; only its hash is stored."""
    token = tools.token_hex(32)
    now = tools.clock()
    db.execute(delete(Login).where(Login.expires_at < now))
    db.add(Login(user_id=user_id, token_hash=hash_token(token), created_at=now, expires_at=now + LOGIN_LASTS))
    db.flush()
    return token


def find_viewer(db: Session, tools: Tools, token: str) -> Viewer | None:
    """Return the person who holds this sign-in token."""
    user = db.scalars(
        select(User)
        .join(Login, Login.user_id == User.id)
        .where(
            Login.token_hash == hash_token(token),
            Login.expires_at > tools.clock(),
            User.disabled_at.is_(None),
        )
    ).first()
    return as_viewer(user) if user else None


def as_viewer(user: User) -> Viewer:
    """Return the person of a user row."""
    return Viewer(user.id, user.public_id, user.name, user.user_name, user.can_create_studies)


def close_login(db: Session, token: str) -> None:
    """Sign out: the token is worth nothing afterwards."""
    db.execute(delete(Login).where(Login.token_hash == hash_token(token)))


def check_brake(db: Session, tools: Tools, keys: tuple[str, ...]) -> None:
    """Raise Refused when there were too many failures lately for one of these keys."""
    since = tools.clock() - FAILURES_FORGOTTEN_AFTER
    hashes = [hash_token(key) for key in keys]
    worst = db.scalars(
        select(SignInFailure.failures).where(SignInFailure.key_hash.in_(hashes), SignInFailure.since > since)
    ).all()
    if any(failures >= FAILURES_ALLOWED for failures in worst):
        minutes = int(FAILURES_FORGOTTEN_AFTER.total_seconds() // 60)
        raise Refused(f"Too many attempts. Wait {minutes} minutes, then try again.")


def record_failure(db: Session, tools: Tools, keys: tuple[str, ...]) -> None:
    """Count a failed sign-in against each key (user name, address)."""
    now = tools.clock()
    for key in keys:
        row = db.scalars(select(SignInFailure).where(SignInFailure.key_hash == hash_token(key))).first()
        if row is None:
            db.add(SignInFailure(key_hash=hash_token(key), failures=1, since=now))
        elif _is_old(row.since, now):
            row.failures, row.since = 1, now
        else:
            row.failures += 1
    db.flush()


def plain_user_name(user_name: str) -> str:
    """Return the form in which user names are stored and compared."""
    return user_name.strip().casefold()


def hash_token(token: str) -> str:
    """Return the form in which a random token is stored."""
    return hashlib.sha256(token.encode()).hexdigest()


def _is_old(since: datetime, now: datetime) -> bool:
    return now - since > FAILURES_FORGOTTEN_AFTER
