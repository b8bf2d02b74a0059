"""The demo's people, and passwords that are drawn anew at each start and printed once."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from coder_app.models import User
from coder_app.services import auth, people
from coder_app.services.actor import Tools, Viewer

NO_HASH = "none"  # not the hash of any password


@dataclass(frozen=True)
class Role:
    """What somebody is in the demo's studies; a lead codes on no scale."""

    name: str
    scale: str | None = None

    @property
    def user_name(self) -> str:
        """The name to sign in with."""
        return self.name.casefold()

    @property
    def what(self) -> str:
        """The role in words."""
        return f"coder on {self.scale}" if self.scale else "lead"


LEAD = Role("Lena")
CODERS = (
    Role("Ada", "CIRS"),
    Role("Bram", "CIRS"),
    Role("Cleo", "CIRS"),
    Role("Daan", "TABBS"),
    Role("Esra", "TABBS"),
    Role("Finn", "TABBS"),
)
PEOPLE = (LEAD, *CODERS)


@dataclass(frozen=True)
class Account:
    """A person with a password that opens the account."""

    role: Role
    password: str
    password_hash: str


def draw_accounts(n_threads: int) -> list[Account]:
    """Return a new password for everybody; hashing one costs half a second of a core."""
    passwords = [auth.draw_password() for _ in PEOPLE]
    with ThreadPoolExecutor(n_threads) as threads:
        hashes = list(threads.map(auth.hash_password, passwords))
    return [Account(*one) for one in zip(PEOPLE, passwords, hashes, strict=True)]


def create_accounts(db: Session, tools: Tools) -> dict[Role, Viewer]:
    """Create everybody's account, which no password opens yet; the lead may create studies."""
    return {
        role: people.create_user(
            db, tools, role.user_name, role.name, NO_HASH, can_create_studies=role is LEAD
        )
        for role in PEOPLE
    }


def renew_passwords(db: Session, tools: Tools, accounts: Sequence[Account]) -> None:
    """Give everybody the new password and end every sign-in."""
    hash_of = {account.role.user_name: account.password_hash for account in accounts}
    for user in db.scalars(select(User).where(User.user_name.in_(hash_of)).order_by(User.id)).all():
        token = auth.change_password(db, tools, auth.as_viewer(user), hash_of[user.user_name])
        auth.close_login(db, token)


def describe_accounts(accounts: Sequence[Account]) -> Iterator[str]:
    """Return the lines that tell who can sign in and how."""
    width = max(len(account.role.user_name) for account in accounts)
    yield "Accounts (these passwords are shown once; each start draws new ones):"
    for account in accounts:
        yield f"  {account.role.user_name:<{width}}  {account.password}  {account.role.what}"
