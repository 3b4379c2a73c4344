"""Every setting with its meaning, its default and its bounds. Unknown keys are refused everywhere."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from scanner.message.owner import Owner

CLEARTEXT: Final = "cleartext-i-know-it-is-readable"
Security = Literal["tls", "starttls", "cleartext-i-know-it-is-readable"]
_WAYS: Final = "password_command, password_file, password_env, password_keyring and password_credential"
Port = Annotated[int, Field(ge=1, le=65535)]


def _address(text: str) -> str:
    address = text.strip().lower()
    local, at, domain = address.rpartition("@")
    if not (local and at and domain) or any(c.isspace() or c in "<>," for c in address):
        msg = "write a bare address such as anna@example.org"
        raise ValueError(msg)
    return address


def _address_or_domain(text: str) -> str:
    word = text.strip().lower()
    return _address(word) if "@" in word else _domain(word)


def _domain(text: str) -> str:
    domain = text.strip().lower().rstrip(".")
    if "@" in domain or "." not in domain.strip(".") or any(c.isspace() for c in domain):
        msg = "write a domain such as example.org"
        raise ValueError(msg)
    return domain


def _path(path: Path) -> Path:
    return path.expanduser()


Address = Annotated[str, AfterValidator(_address)]
AddressOrDomain = Annotated[str, AfterValidator(_address_or_domain)]
Domain = Annotated[str, AfterValidator(_domain)]
UserPath = Annotated[Path, AfterValidator(_path)]


class Section(BaseModel):
    """A table of the configuration: frozen, and no key but the known ones."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class _WithSecret(Section):
    """Where a password comes from; it never stands in the configuration itself."""

    password_command: str = Field(default="", repr=False)
    password_file: UserPath | None = None
    password_env: str = ""
    password_keyring: str = ""
    password_credential: str = Field(default="", pattern=r"^([A-Za-z0-9_-][A-Za-z0-9._-]*)?$")

    def ways(self) -> int:
        """How many ways to the password are given."""
        given = (
            self.password_command,
            self.password_file,
            self.password_env,
            self.password_keyring,
            self.password_credential,
        )
        return sum(map(bool, given))


class Imap(_WithSecret):
    """How to reach the mailbox: RFC 9051 over TLS (RFC 8314), over STARTTLS, or readable by anybody."""

    host: str = Field(min_length=1)
    security: Security = "tls"
    port: Port = 0
    username: str = Field(min_length=1)
    ca_file: UserPath | None = None
    timeout_seconds: float = Field(default=30.0, gt=0, le=600)
    auth: Literal["password", "token"] = "password"

    @model_validator(mode="before")
    @classmethod
    def _usual_port(cls, values: object) -> object:
        if isinstance(values, dict) and "port" not in values:
            return values | {"port": 993 if values.get("security", "tls") == "tls" else 143}
        return values


class OAuth(_WithSecret):
    """How tokens are got from Microsoft or Google, for a person ("user") or for an administrator's program.

    The ways to a password lead here to the secret of the application, where it has one.
    """

    provider: Literal["microsoft", "google"]
    flow: Literal["user", "application"] = "user"
    client_id: str = ""
    tenant: str = Field(default="common", pattern=r"^[A-Za-z0-9][A-Za-z0-9.-]*$")
    authority: str = Field(default="https://login.microsoftonline.com", pattern=r"^https://[^\s/]+/?$")
    scopes: tuple[str, ...] = ()
    certificate_file: UserPath | None = None
    service_account_file: UserPath | None = None

    @property
    def username(self) -> str:
        """Under which name a keyring keeps the secret."""
        return self.client_id

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if msg := self._microsoft() if self.provider == "microsoft" else self._google():
            raise ValueError(msg)
        return self

    def _microsoft(self) -> str:
        if not self.client_id:
            return "give client_id, the number of the application that you have registered at Microsoft"
        if self.service_account_file is not None:
            return "service_account_file is for Google"
        if self.flow == "user":
            secret = self.ways() or self.certificate_file is not None
            return 'a secret or a certificate is for flow = "application"' if secret else ""
        if self.tenant in {"common", "organizations", "consumers"}:
            return 'flow = "application" needs tenant, the number or domain of the organisation'
        if self.ways() + (self.certificate_file is not None) != 1:
            return f'flow = "application" needs certificate_file or one of {_WAYS}, for its secret'
        return ""

    def _google(self) -> str:
        if self.certificate_file is not None:
            return "certificate_file is for Microsoft"
        if self.flow == "application":
            if self.service_account_file is None or self.client_id or self.ways():
                return 'flow = "application" needs service_account_file for Google, and nothing else'
            return ""
        if self.service_account_file is not None:
            return 'service_account_file is for flow = "application"'
        if not self.client_id or self.ways() != 1:
            return f"give client_id, and one of {_WAYS} for the secret that Google has made with it"
        return ""


class Smtp(_WithSecret):
    """How alerts go out where `delivery` is "smtp". Without a username no login is made."""

    host: str = Field(min_length=1)
    security: Security = "starttls"
    port: Port = 0
    username: str = ""
    ca_file: UserPath | None = None
    timeout_seconds: float = Field(default=30.0, gt=0, le=600)
    auth: Literal["password", "token"] = "password"

    @model_validator(mode="before")
    @classmethod
    def _usual_port(cls, values: object) -> object:
        if isinstance(values, dict) and "port" not in values:
            usual = {"tls": 465, "starttls": 587}.get(str(values.get("security", "starttls")), 25)
            return values | {"port": usual}
        return values

    @model_validator(mode="after")
    def _one_secret(self) -> Self:
        if self.ways() > 1 or (self.ways() == 1 and not self.username):
            msg = (
                f"give at most one of {_WAYS}, and a username "
                "for it; with a username alone, the password of the IMAP server is used"
            )
            raise ValueError(msg)
        return self


class Folders(Section):
    """Which folders to read, as the server names them. An empty `sent` means: ask the server."""

    sent: tuple[str, ...] = ()
    inbox: str = "INBOX"


class Mailbox(Section):
    """One mailbox to guard."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$")
    address: Address
    aliases: tuple[Address, ...] = ()
    tag_separator: str = Field(default="+", pattern=r"^[-+=_.]?$")
    imap: Imap
    folders: Folders = Folders()
    delivery: Literal["append", "smtp", "console"] = "append"
    language: Literal["auto", "en", "it", "es", "tr", "de", "fr"] = "auto"
    smtp: Smtp | None = None
    oauth: OAuth | None = None

    @model_validator(mode="after")
    def _one_secret(self) -> Self:
        if self.oauth is None and self.imap.ways() != 1:
            msg = f"give exactly one of {_WAYS} in [mailbox.imap], or a table [mailbox.oauth]"
            raise ValueError(msg)
        if self.oauth is not None and (self.imap.ways() or self.imap.auth == "token"):
            msg = "with a table [mailbox.oauth] there is no password_... and no auth line in [mailbox.imap]"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _smtp_is_there(self) -> Self:
        if self.delivery == "smtp" and self.smtp is None:
            msg = 'delivery = "smtp" needs a table [mailbox.smtp] with the host'
            raise ValueError(msg)
        return self

    @property
    def owner(self) -> Owner:
        """All addresses of the owner: the aliases, and what `tag_separator` makes of them."""
        return Owner((self.address, *self.aliases), separators=self.tag_separator)


class Policy(Section):
    """When to tell the owner: how many alerts are bearable, whom to trust, when to stay silent."""

    alerts_per_1000: float = Field(default=5.0, gt=0, le=1000)
    cold_start_messages: int = Field(default=100, ge=0)
    cold_start_days: int = Field(default=14, ge=0)
    daily_cap: int = Field(default=3, ge=0)
    digest_hour: int = Field(default=8, ge=0, le=23)
    age_cap_hours: float = Field(default=48.0, gt=0)
    base_rate: float = Field(default=0.001, gt=0, lt=0.5)
    own_domains: tuple[Domain, ...] = ()
    trusted_pairs: tuple[tuple[AddressOrDomain, AddressOrDomain], ...] = ()
    forbidden_pairs: tuple[tuple[AddressOrDomain, AddressOrDomain], ...] = ()
    muted: tuple[AddressOrDomain, ...] = ()


class Feedback(Section):
    """How an alert can be answered, beside replying to it, which is always possible."""

    folders: bool = False
    keywords: bool = False


class Recall(_WithSecret):
    """Whether an administrator lets senders recall unread copies from mailboxes of this configuration.

    `username` is the server's master user, who logs in as "user*master"; `separator` is the "*".
    """

    allowed: bool = False
    username: str = ""
    separator: str = Field(default="*", min_length=1, max_length=1)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.allowed and (not self.username or self.ways() != 1):
            msg = f"allowed = true needs username, the master user of the server, and one of {_WAYS}"
            raise ValueError(msg)
        return self


class Watch(Section):
    """How the folders are watched: IDLE (RFC 2177) is renewed, and a poll runs regardless of it."""

    poll_seconds: float = Field(default=60.0, ge=1, le=3600)
    idle_seconds: float = Field(default=240.0, ge=5, le=1740)


class Health(Section):
    """When blindness is said aloud, and whether figures are served to Prometheus (port 0: they are not)."""

    contact_hours: float = Field(default=6.0, gt=0, le=24 * 30)
    notice_minutes: float = Field(default=15.0, ge=0, le=24 * 60)
    metrics_host: str = Field(default="127.0.0.1", min_length=1)
    metrics_port: int = Field(default=0, ge=0, le=65535)


def _state_dir() -> Path:
    base = os.environ.get("XDG_STATE_HOME") or "~/.local/state"
    return Path(base).expanduser() / "oopsee"


class State(Section):
    """Where the database lives. The directory is made with mode 0700."""

    dir: UserPath = Field(default_factory=_state_dir)

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.dir / "oopsee.db"


class Log(Section):
    """What the daemon says while it works. No address, subject or text at any level but debug."""

    format: Literal["console", "json"] = "console"
    level: Literal["debug", "info", "warning", "error"] = "info"


class ModelFiles(Section):
    """Where models trained on one's own mail live; the shipped model is used until there is one."""

    dir: UserPath | None = None


class Settings(BaseSettings):
    """The whole configuration. `load` fills it from the file and from variables named OOPSEE_..."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", env_prefix="OOPSEE_", env_nested_delimiter="__", env_ignore_empty=False
    )

    mailbox: tuple[Mailbox, ...] = Field(min_length=1)
    policy: Policy = Policy()
    feedback: Feedback = Feedback()
    recall: Recall = Recall()
    watch: Watch = Watch()
    health: Health = Health()
    state: State = Field(default_factory=State)
    log: Log = Log()
    model: ModelFiles = ModelFiles()

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [mailbox.name for mailbox in self.mailbox]
        for name in names:
            if names.count(name) > 1:
                msg = f"two mailboxes bear the name {name!r}"
                raise ValueError(msg)
        return self

    @property
    def model_dir(self) -> Path:
        """The directory of models trained here, given or beside the database."""
        return self.model.dir or self.state.dir / "models"

    @property
    def model_key(self) -> Path:
        """The file with the key that signs models trained here."""
        return self.state.dir / "models.key"

    @property
    def managed(self) -> frozenset[str]:
        """Every address of every guarded mailbox."""
        return frozenset().union(*(mailbox.owner for mailbox in self.mailbox))
