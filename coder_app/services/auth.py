"""Signing in: passwords and sign-in tokens."""

import hashlib
import secrets
import threading
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from coder_app.domain.preferences import Preferences
from coder_app.domain.sentences import say
from coder_app.models import Login, User
from coder_app.services.actor import Tools, Viewer
from coder_app.services.errors import NotFound, Refused

LOGIN_LASTS = timedelta(hours=12)
SHORTEST_PASSWORD = 12
_LEGIBLE = "abcdefghjkmnpqrstuvwxyz23456789"

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
        raise Refused(say("A password needs at least %(least)s characters.", least=SHORTEST_PASSWORD))
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
    chosen = Preferences.from_mapping(user.preferences)
    return Viewer(
        user.id,
        user.public_id,
        user.name,
        user.user_name,
        user.can_create_studies,
        chosen.language,
        chosen.theme,
        chosen.keys,
    )


def close_login(db: Session, token: str) -> None:
    """Sign out: the token is worth nothing afterwards."""
    db.execute(delete(Login).where(Login.token_hash == hash_token(token)))


def change_password(db: Session, tools: Tools, viewer: Viewer, password_hash: str) -> str:
    """Give a person a new password, end every sign-in, and return the token of a new one."""
    db.execute(update(User).where(User.id == viewer.user_id).values(password_hash=password_hash))
    db.execute(delete(Login).where(Login.user_id == viewer.user_id))
    return open_login(db, tools, viewer.user_id)


def reset_password(db: Session, tools: Tools, user_name: str, password_hash: str) -> None:
    """Give the person of a user name a new password and end every sign-in, or raise NotFound."""
    user = db.scalars(select(User).where(User.user_name == plain_user_name(user_name))).first()
    if user is None:
        raise NotFound
    close_login(db, change_password(db, tools, as_viewer(user), password_hash))


def draw_password() -> str:
    """Return a random password of four groups of four, without characters that are read for one another."""
    groups = ["".join(secrets.choice(_LEGIBLE) for _ in range(4)) for _ in range(4)]
    return "-".join(groups)


def plain_user_name(user_name: str) -> str:
    """Return the form in which user names are stored and compared."""
    return clean_text(user_name).casefold()


def clean_text(text: str) -> str:
    """Return a line of text with single spaces and nothing unprintable, which PostgreSQL may refuse."""
    return "".join(character for character in " ".join(text.split()) if character.isprintable())


def hash_token(token: str) -> str:
    """Return the form in which a random token is stored."""
    return hashlib.sha256(token.encode()).hexdigest()
