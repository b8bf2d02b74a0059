"""Frozen settings, read once from the environment and the data folder."""

import os
import secrets
import stat
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

PROJECT = Path(__file__).resolve().parent.parent
KEY_BYTES = 32
_SQLITE = "sqlite:///"
_POSTGRESQL = ("postgres", "postgresql", "postgresql+psycopg")


class ConfigError(Exception):
    """A setting is missing or cannot be used; its text is for the person who starts the server."""


@dataclass(frozen=True)
class Settings:
    """Everything that differs between installations."""

    data_dir: Path
    database_url: str = field(repr=False)  # may hold a password
    secret_key: bytes = field(repr=False)
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
    url = _database_url(env.get("DATABASE_URL", "") if not demo else "", data_dir)
    hosts = (host.strip() for host in env.get("CODER_APP_HOSTS", "").split(","))
    secure_cookies = _switch(env, "CODER_APP_HTTPS")
    try:
        make_private(base)  # the demo's folder lies in it, and the real installation's may be made later
        make_private(data_dir)
        secret_key = _secret_key(data_dir)
    except OSError as error:
        raise ConfigError(f"The data folder {data_dir} cannot be used: {error.strerror}.") from None
    return Settings(
        data_dir=data_dir,
        database_url=url,
        secret_key=secret_key,
        demo=demo,
        trusted_hosts=Settings.trusted_hosts + tuple(filter(None, hosts)),
        secure_cookies=secure_cookies,
    )


def make_private(folder: Path) -> Path:
    """Make a folder that only its owner may enter, or make it so, and return it."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    mode = folder.stat().st_mode
    if os.name == "posix" and mode & 0o077:
        if mode & stat.S_ISVTX:
            raise ConfigError(f"{folder} is shared by everybody on this machine; choose a folder of its own.")
        folder.chmod(0o700)
    return folder


def _switch(env: dict[str, str], name: str) -> bool:
    value = env.get(name, "")
    if value not in ("", "0", "1"):
        raise ConfigError(f"{name} must be 0 or 1, not {value!r}.")
    return value == "1"


def _database_url(url: str, data_dir: Path) -> str:
    """Return a URL that SQLAlchemy reads; a refusal never shows the URL, which may hold a password."""
    if not url:
        return sqlite_url(data_dir / "coder_app.sqlite")
    if url.startswith(_SQLITE):
        path = url.removeprefix(_SQLITE)
        if path in ("", ":memory:") or path.startswith("file:") or "?" in path:
            raise ConfigError(
                "DATABASE_URL must name a database file, as in sqlite:////srv/coder_app.sqlite."
            )
        # The worker starts in another folder: a relative path would be another database there.
        return sqlite_url(Path(unquote(path)).expanduser().resolve())
    scheme, _, rest = url.partition("://")
    if scheme not in _POSTGRESQL or not _names_a_database(rest):
        raise ConfigError(
            "DATABASE_URL must be sqlite:///PATH or postgresql://USER:PASSWORD@HOST:PORT/DATABASE "
            "(with %XX for special characters in the password)."
        )
    return f"postgresql+psycopg://{rest}"


def sqlite_url(path: Path) -> str:
    """Return the URL of a database file; a sign in its path that means something in a URL is written out."""
    return _SQLITE + path.as_posix().replace("%", "%25").replace("?", "%3F")


def _names_a_database(rest: str) -> bool:
    try:
        parts = urlsplit(f"//{rest}")
        _ = parts.port  # raises when it is no number
    except ValueError:
        return False
    # One @ and no stray sign: otherwise a part of the password would be taken for the host.
    return parts.path.strip("/") != "" and rest.count("@") <= 1 and not parts.fragment


def _secret_key(data_dir: Path) -> bytes:
    path = data_dir / "secret_key"
    if not path.exists():
        _create_whole(path, secrets.token_bytes(KEY_BYTES))
    if os.name == "posix" and path.stat().st_mode & 0o077:
        path.chmod(0o600)
    key = path.read_bytes()
    if len(key) < KEY_BYTES:
        raise ConfigError(f"{path} must hold {KEY_BYTES} bytes or more; move it away to have a new one made.")
    return key


def _create_whole(path: Path, content: bytes) -> None:
    """Create a private file at once with its content, unless another start has just done so."""
    part = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
    try:
        with open(part, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # Neither call replaces a file that is there: the first start's secret stays.
        (os.rename if os.name == "nt" else os.link)(part, path)
    except FileExistsError:
        pass
    finally:
        part.unlink(missing_ok=True)
