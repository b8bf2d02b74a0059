"""People and their sign-ins."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from coder_app.models.base import Base, public_id_column


class User(Base):
    """A person who can sign in."""

    __tablename__ = "user"

    public_id: Mapped[str] = public_id_column()
    user_name: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    password_hash: Mapped[str] = mapped_column(String(200))
    can_create_studies: Mapped[bool]
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    preferences: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Login(Base):
    """One signed-in browser; only the hash of its 256-bit token is kept."""

    __tablename__ = "login"

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class SignInFailure(Base):
    """How often signing in failed lately, per user name, address, or both (hashed)."""

    __tablename__ = "sign_in_failure"

    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    failures: Mapped[int]
    since: Mapped[datetime]
    # Of a user name from one address: when it last came in from there.
    right_at: Mapped[datetime | None]
