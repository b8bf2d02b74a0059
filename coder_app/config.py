"""Frozen settings, read once from the environment and the data folder."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent


class ConfigError(Exception):
    """A setting is missing or cannot be used; its text is for the person who starts the server."""


@dataclass(frozen=True)
class Settings:
    """Everything that differs between installations."""

    data_dir: Path
    database_url: str
    secret_key: bytes
    demo: bool = False
    trusted_hosts: tuple[str, ...] = ("localhost", "127.0.0.1", "[::1]")
    secure_cookies: bool = False

    @property
    def store_dir(self) -> Path:
        return self.data_dir / "recordings"

    @property
    def staging_dir(self) -> Path:
        return self.data_dir / "staging"

    @property
    def incoming_dir(self) -> Path:
        return self.data_dir / "incoming"

    @property
    def is_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")


def load_settings(*, demo: bool = False, environ: dict[str, str] | None = None) -> Settings:
    """Return the settings of the installation (or of the demo), creating its data folder and its secret."""
    env = dict(os.environ) if environ is None else environ
    base = Path(env.get("CODER_APP_DATA") or PROJECT / "instance").expanduser().resolve()
    data_dir = base / "demo" if demo else base
    make_private(data_dir)
    hosts = tuple(filter(None, env.get("CODER_APP_HOSTS", "").split(",")))
    url = env.get("DATABASE_URL") if not demo else None
    return Settings(
        data_dir=data_dir,
        database_url=_database_url(url, data_dir),
        secret_key=_secret_key(data_dir),
        demo=demo,
        trusted_hosts=Settings.trusted_hosts + hosts,
        secure_cookies=env.get("CODER_APP_HTTPS") == "1",
    )


def make_private(folder: Path) -> Path:
    """Create a folder that only its owner may enter, and return it."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def _database_url(url: str | None, data_dir: Path) -> str:
    if not url:
        return f"sqlite:///{(data_dir / 'coder_app.sqlite').as_posix()}"
    if url.startswith(("postgres://", "postgresql://")):
        return "postgresql+psycopg://" + url.split("://", 1)[1]
    if not url.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise ConfigError("DATABASE_URL must begin with sqlite:/// or postgresql://")
    return url


def _secret_key(data_dir: Path) -> bytes:
    path = data_dir / "secret_key"
    try:
        with open(path, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write(secrets.token_bytes(32))
    except FileExistsError:
        pass
    key = path.read_bytes()
    if len(key) < 32:
        raise ConfigError(f"{path} must hold at least 32 bytes; move it away to have a new one made")
    return key
