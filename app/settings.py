"""What the environment says: where the pack, the database and the data folder are. Read once, at the edge."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path

from app.frozen import dataclass

_OUTSIDE = tuple(f"CRM_{area}_" for area in ("OIDC", "SAML", "LDAP", "PASSWORD", "OUTSIDE"))
SHORTEST_SECRET = 32  # characters: what token_urlsafe gives for 24 bytes


_MOST_SECONDS = 86_400


class SettingRefused(ValueError):
    """A setting that cannot be used. Its text names the variable and the remedy."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The environment's answer to what the program may not guess. Paths are as given, relative to the working folder."""

    config: Path = Path("config/standard")
    database_url: str = field(default="sqlite:///var/crm.db", repr=False)  # it may hold a password
    data_dir: Path = Path("var")
    secret_key: str | None = field(default=None, repr=False)
    former_secret_key: str | None = field(default=None, repr=False)
    base_url: str | None = None
    trusted_hosts: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()
    backup_dir: Path | None = None
    backup_key: str | None = field(default=None, repr=False)
    mail_url: str | None = field(default=None, repr=False)  # it may hold a password
    mail_from: str | None = None
    mail_inbox: str | None = field(default=None, repr=False)  # likewise
    packs: tuple[Path, ...] = ()
    extensions: tuple[str, ...] = ()
    outbound_allow: tuple[str, ...] = ()
    statement_seconds: float = 30.0
    """How long a statement that pages and the API read by may take; 0: as long as it takes."""
    design_page: bool = False
    """Whether `/_design` is there: the parts that pages are made of, for who works on them."""
    outside: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Of other directories of people, as it is stated; read by `app.identity`. It may hold secrets."""

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None, dotenv: Path = Path(".env")) -> Settings:
        """The settings of the environment; what it does not say is taken from the file `.env`, then from the defaults."""
        stated = {**read_dotenv(dotenv), **(os.environ if environ is None else environ)}
        data_dir = Path(stated.get("CRM_DATA_DIR") or cls.data_dir)
        return cls(
            config=Path(stated["CRM_CONFIG"]) if stated.get("CRM_CONFIG") else default_config(),
            database_url=stated.get("CRM_DATABASE_URL") or f"sqlite:///{data_dir / 'crm.db'}",
            data_dir=data_dir,
            secret_key=stated.get("CRM_SECRET_KEY") or None,
            former_secret_key=stated.get("CRM_SECRET_KEY_OLD") or None,
            base_url=(stated.get("CRM_BASE_URL") or "").rstrip("/") or None,
            trusted_hosts=_words(stated.get("CRM_TRUSTED_HOSTS", ""), ","),
            trusted_proxies=_words(stated.get("CRM_TRUSTED_PROXIES", ""), ","),
            backup_dir=Path(stated["CRM_BACKUP_DIR"]) if stated.get("CRM_BACKUP_DIR") else None,
            backup_key=stated.get("CRM_BACKUP_KEY") or None,
            mail_url=stated.get("CRM_MAIL_URL") or None,
            mail_from=stated.get("CRM_MAIL_FROM") or None,
            mail_inbox=stated.get("CRM_MAIL_INBOX") or None,
            packs=tuple(Path(word) for word in _words(stated.get("CRM_PACKS", ""), os.pathsep)),
            extensions=_words(stated.get("CRM_EXTENSIONS", ""), ","),
            outbound_allow=_words(stated.get("CRM_OUTBOUND_ALLOW", ""), ","),
            statement_seconds=_seconds(stated.get("CRM_STATEMENT_SECONDS"), cls.statement_seconds),
            design_page=stated.get("CRM_DESIGN_PAGE") == "1",
            outside={name: value for name, value in stated.items() if name.startswith(_OUTSIDE) and value},
        )

    @property
    def files_dir(self) -> Path:
        """Where the contents of files are kept."""
        return self.data_dir / "files"

    @property
    def mail_dir(self) -> Path:
        """Where mails are written while no server is named."""
        return self.data_dir / "mail"

    @property
    def templates_dir(self) -> Path:
        """Where compiled templates are kept for the next start; it may be deleted at any time."""
        return self.data_dir / "templates"

    @property
    def backups_dir(self) -> Path:
        """Where backups are kept unless the pack says otherwise."""
        return self.backup_dir or self.data_dir / "backups"

    @property
    def backup_key_file(self) -> Path:
        """Where a key is kept that the program made: for a demonstration, or until it is stored elsewhere."""
        return self.data_dir / "backup_key"

    def find_backup_key(self) -> str | None:
        """The key of backups: CRM_BACKUP_KEY, else the one in the data folder."""
        if self.backup_key is not None or not self.backup_key_file.is_file():
            return self.backup_key
        return _read_secret(self.backup_key_file)

    def make_backup_key(self) -> str:
        """The key in the data folder; it is made, mode 600, where there is none."""
        return _kept_secret(self.backup_key_file)

    def get_secret(self) -> str:
        """The key that signs what leaves the server. Made on first use and kept in the data folder, mode 600.

        Raises SettingRefused when CRM_SECRET_KEY is too short to be a secret.
        """
        if self.secret_key is not None:
            if len(self.secret_key) < SHORTEST_SECRET or len(set(self.secret_key)) < SHORTEST_SECRET // 4:
                raise SettingRefused(
                    f"CRM_SECRET_KEY is too weak: give at least {SHORTEST_SECRET} random characters, "
                    "or unset it and let the program make one"
                )
            return self.secret_key
        return _kept_secret(self.data_dir / "secret_key")

    def every_secret(self) -> tuple[str, ...]:
        """The secret, and behind it the one before, by which values may still be sealed: see `crm keys rotate`.

        Raises SettingRefused as `get_secret` does.
        """
        return (self.get_secret(), *([self.former_secret_key] if self.former_secret_key else []))


def find_stated(name: str, dotenv: Path = Path(".env")) -> str | None:
    """What the environment, else the file `.env`, says of a variable that a pack names. Read when it is needed, kept nowhere."""
    return os.environ.get(name) or read_dotenv(dotenv).get(name) or None


def default_config() -> Path:
    """The standard pack: that of the working folder, else the one beside or inside the program."""
    local = Settings.config
    return local if local.is_dir() else product_folder("config") / "standard"


def product_folder(name: str) -> Path:
    """A folder that comes with the program (config, migrations, schemas, seed), in a checkout or an installed wheel."""
    installed = Path(__file__).parent / "product" / name
    return installed if installed.is_dir() else Path(__file__).parents[1] / name


def read_dotenv(path: Path) -> dict[str, str]:
    """`NAME=value` lines of a file; blank lines and `#` comments are left out, quotes around a value are taken off.

    Raises SettingRefused for a file that is no text.
    """
    if not path.is_file():
        return {}
    found: dict[str, str] = {}
    try:
        text = path.read_text("utf-8-sig")  # some editors begin a file with a mark of its encoding
    except UnicodeDecodeError as error:
        raise SettingRefused(f"{path} is no text in UTF-8: save it as such") from error
    for line in text.splitlines():
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        if equals and not name.startswith("#"):
            found[name.strip()] = _unquoted(value.strip())
    return found


def _unquoted(value: str) -> str:
    quoted = len(value) >= 2 and value[0] == value[-1] and value[0] in "'\""
    return value[1:-1] if quoted else value


def _words(text: str, separator: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(separator) if word.strip())


def _seconds(text: str | None, default: float) -> float:
    try:
        seconds = float(text) if text else default
    except ValueError:
        seconds = -1
    if not 0 <= seconds <= _MOST_SECONDS:
        raise SettingRefused(f"CRM_STATEMENT_SECONDS is a number of seconds from 0 (no limit) to {_MOST_SECONDS}")
    return seconds


def _kept_secret(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        # O_EXCL: of two processes that start at once one makes the key and the other reads it.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read_secret(path)
    import secrets  # once in the life of a deployment, and it loads hmac and random, which a check of a pack needs not

    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(secrets.token_urlsafe(48))
    return _read_secret(path)


def _read_secret(path: Path) -> str:
    secret = path.read_text("utf-8").strip()
    if len(secret) < SHORTEST_SECRET:
        raise SettingRefused(f"{path} holds no usable secret: delete it and the program makes a new one")
    return secret
