"""The ways in which a configuration, or what it names, can be wrong: each function makes one."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from scanner.detect.model import POINTER, shipped_dir
from scanner.detect.origin import sign
from scanner.store import Store
from tests.acceptance.wrong_servers import certificate, listener
from tests.dovecot import Account, Dovecot, free_port
from tests.fake_imap import FakeImap
from tests.people import OWNER, raw_mail
from tests.unit.alert import servers

SECRET = "correct horse"
WRONG_SECRET = "hunter2-swordfish"

CONFIG = """\
[[mailbox]]
name = "work"
address = "{owner}"
delivery = "{delivery}"
{mailbox}
[mailbox.imap]
host = "{host}"
port = {port}
security = "{security}"
username = "{username}"
timeout_seconds = 1
{way}
{imap}
{tables}
[state]
dir = "{state}"
{state_more}
"""
CLEARTEXT = "cleartext-i-know-it-is-readable"


@dataclass
class Place:
    """Where a row makes its misconfiguration: a directory, an account, and what is to be written."""

    here: Path
    account: Account
    patch: pytest.MonkeyPatch
    stack: ExitStack
    values: dict[str, object] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    text: str | None = None
    command: str = "check"

    @property
    def config(self) -> Path:
        """The configuration file."""
        return self.here / "config.toml"

    @property
    def state(self) -> Path:
        """The state directory."""
        return self.here / "state"

    @property
    def models(self) -> Path:
        """The directory of one's own models."""
        return self.state / "models"

    def says(self, **values: object) -> None:
        """Let the configuration say something else than what works."""
        self.values |= values

    def write(self) -> None:
        """Write the configuration."""
        usual = {
            "owner": OWNER, "delivery": "append", "mailbox": "",
            "host": "127.0.0.1", "port": self.account.server.port,
            "security": CLEARTEXT, "username": self.account.user, "way": 'password_env = "TEST_PASSWORD"',
            "imap": "", "tables": "", "state": self.state, "state_more": "",
        }  # fmt: skip
        text = self.text if self.text is not None else CONFIG.format(**usual | self.values)
        self.config.write_text(text, encoding="utf-8")
        self.config.chmod(0o600)
        port = str((usual | self.values)["port"])
        self.names |= {"CONFIG": str(self.config), "STATE": str(self.state), "HERE": str(self.here)}
        self.names |= {"PORT": port, "USER": self.account.user, "MODELS": str(self.models)}

    def file(self, name: str, text: str, mode: int = 0o600) -> Path:
        """A file beside the configuration."""
        path = self.here / name
        path.write_text(text, encoding="utf-8")
        path.chmod(mode)
        return path

    def own_model(self) -> Path:
        """A signed model of one's own that is in use."""
        for path in (self.state, self.models):
            path.mkdir(mode=0o700, exist_ok=True)
        model = self.models / "2026-11-21-1"
        shutil.copytree(shipped_dir(), model)
        model.chmod(0o700)
        sign(model, self.state / "models.key")
        (self.models / POINTER).write_text(model.name)
        return model


# ---------------------------------------------------------------------- how each thing goes wrong


def no_file(place: Place) -> None:
    """There is no configuration."""
    place.stack.callback(place.config.touch)
    place.patch.setattr(Place, "write", lambda self: self.names.update(CONFIG=str(self.config)))


def open_file(place: Place) -> None:
    """Others can read the configuration."""
    Place.write(place)
    place.config.chmod(0o644)
    place.patch.setattr(Place, "write", lambda _: None)


def directory(place: Place) -> None:
    """A directory stands in the place of the configuration."""
    place.config.mkdir()
    place.patch.setattr(Place, "write", lambda self: self.names.update(CONFIG=str(self.config)))


def no_toml(place: Place) -> None:
    """A text without quotes."""
    place.text = "[[mailbox]]\nname = work\n"


def nothing_in_it(place: Place) -> None:
    """An empty file."""
    place.text = ""


def unknown_top(place: Place) -> None:
    """A misspelled table."""
    place.says(tables="[polcy]\nalerts_per_1000 = 3")


def unknown_nested(place: Place) -> None:
    """A misspelled key in a table of the mailbox."""
    place.says(imap='pasword_file = "x"')


def password_in_it(place: Place) -> None:
    """The password itself."""
    place.says(way=f'password = "{SECRET}"')


def wrong_type(place: Place) -> None:
    """A word where a number belongs."""
    place.says(port='"imaps"')


def no_host(place: Place) -> None:
    """The host is empty."""
    place.says(host="")


def bad_address(place: Place) -> None:
    """A name and an address where an address belongs."""
    place.says(mailbox='aliases = ["Anna Neri <anna@firm.example>"]')


def unknown_host(place: Place) -> None:
    """No such name (RFC 6761 keeps .invalid free)."""
    place.says(host="imap.nowhere.invalid")


def closed_port(place: Place) -> None:
    """Nobody listens."""
    place.says(port=free_port())


def silent_port(place: Place) -> None:
    """Somebody listens and says nothing."""
    place.says(port=place.stack.enter_context(listener()))


def smtp_port(place: Place) -> None:
    """The server for sending."""
    place.says(port=place.stack.enter_context(servers.smtp(servers.Post())))


def http_port(place: Place) -> None:
    """A web server."""
    place.says(port=place.stack.enter_context(listener(b"HTTP/1.1 400 Bad Request\r\n\r\n")))


def tls_on_cleartext(place: Place) -> None:
    """TLS to a port that begins in cleartext."""
    place.says(security="tls")


def cleartext_on_tls(place: Place) -> None:
    """Cleartext to a port that begins with TLS."""
    place.says(port=place.account.server.tls_port)


def no_starttls(place: Place) -> None:
    """A server without STARTTLS."""
    server = place.stack.enter_context(FakeImap(lambda *_: "usual"))
    place.says(port=server.port, security="starttls")


def cleartext_refused(place: Place) -> None:
    """A server that takes no login in cleartext."""
    server = place.stack.enter_context(FakeImap(lambda *_: "usual", capabilities="IMAP4rev1 LOGINDISABLED"))
    place.says(port=server.port)


def self_signed(place: Place) -> None:
    """A certificate that nobody has signed."""
    place.says(host="localhost", port=place.account.server.tls_port, security="tls")


def expired(place: Place) -> None:
    """A certificate that ended yesterday."""
    public, tls = certificate(place.here, days=-1)
    port = place.stack.enter_context(listener(tls=tls))
    place.says(port=port, security="tls", imap=f'ca_file = "{public}"')


def other_name(place: Place) -> None:
    """A certificate of another host."""
    public, tls = certificate(place.here, name="mail.firm.example")
    port = place.stack.enter_context(listener(tls=tls))
    place.says(host="localhost", port=port, security="tls", imap=f'ca_file = "{public}"')


def no_ca_file(place: Place) -> None:
    """The file with the authority is missing."""
    place.says(security="tls", imap=f'ca_file = "{place.here / "ca.pem"}"')


def wrong_password(place: Place) -> None:
    """The server does not take the password."""
    place.patch.setenv("TEST_PASSWORD", WRONG_SECRET)


def no_source(place: Place) -> None:
    """Nothing says where the password is."""
    place.says(way="")


def two_sources(place: Place) -> None:
    """Two lines say where the password is."""
    place.says(way='password_env = "TEST_PASSWORD"\npassword_file = "~/x"')


def no_variable(place: Place) -> None:
    """The variable of the password is not set."""
    place.patch.delenv("TEST_PASSWORD")


def command_fails(place: Place) -> None:
    """The command ends with an exit code; its line holds a secret."""
    place.says(way=f"password_command = \"{sys.executable} -c 'import sys; sys.exit(3)' {SECRET}\"")
    place.names["PYTHON"] = sys.executable


def command_prints_nothing(place: Place) -> None:
    """The command prints nothing."""
    place.says(way='password_command = "true"')


def command_missing(place: Place) -> None:
    """There is no such command."""
    place.says(way='password_command = "pass-that-is-not-there show mail/work"')


def secret_file_open(place: Place) -> None:
    """Others can read the password file."""
    place.says(way=f'password_file = "{place.file("password", SECRET, 0o644)}"')


def secret_file_missing(place: Place) -> None:
    """There is no password file."""
    place.says(way=f'password_file = "{place.here / "password"}"')


def no_keyring(place: Place) -> None:
    """The library for the keyring is not installed."""
    place.patch.setitem(sys.modules, "keyring", None)
    place.names["PYTHON"] = sys.executable
    place.says(way='password_keyring = "oopsee-work"')


def no_credential(place: Place) -> None:
    """The process is no unit of systemd."""
    place.patch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    place.says(way='password_credential = "password"')


def not_logged_in(place: Place) -> None:
    """OAuth, before the first login."""
    server = place.stack.enter_context(FakeImap(lambda *_: "usual", capabilities="IMAP4rev1 AUTH=XOAUTH2"))
    place.says(port=server.port, way="", tables='[mailbox.oauth]\nprovider = "microsoft"\nclient_id = "1111"')


def takes_no_tokens(place: Place) -> None:
    """A token for a server that takes passwords only."""
    place.says(imap='auth = "token"')


def no_sent(place: Place) -> None:
    """No folder is a Sent folder."""
    server = place.stack.enter_context(Dovecot(folders=("Projects",), special_use=False))
    server.add_user(place.account.user)
    place.says(port=server.port)


def misspelled_sent(place: Place) -> None:
    """The Sent folder of the setting does not exist."""
    place.says(tables='[mailbox.folders]\nsent = ["Snet"]')


def misspelled_inbox(place: Place) -> None:
    """The inbox of the setting does not exist."""
    place.says(tables='[mailbox.folders]\ninbox = "Inbax"')


def strangers_mail(place: Place) -> None:
    """The mail in the Sent folder is from somebody else."""
    place.account.append("Sent", *(raw_mail(number) for number in (1, 2)))
    place.says(owner="anne@firm.example")


def smtp_table_missing(place: Place) -> None:
    """Delivery by SMTP, and no server for it."""
    place.says(delivery="smtp")


def by_smtp(place: Place, post: servers.Post, *, auth: bool = False, way: str = "") -> None:
    """Delivery by a server for sending."""
    public, tls = servers.certificate(place.here)
    port = place.stack.enter_context(servers.smtp(post, starttls=tls, auth=auth))
    place.names["SMTP"] = str(port)
    user = f'username = "{servers.USERNAME}"\n{way}' if auth else ""
    place.says(
        delivery="smtp",
        tables=f'[mailbox.smtp]\nhost = "127.0.0.1"\nport = {port}\nca_file = "{public}"\n{user}',
    )


def smtp_login(place: Place) -> None:
    """It does not take the password of the mailbox."""
    by_smtp(place, servers.Post(), auth=True)


def smtp_recipient(place: Place) -> None:
    """It does not take mail for the owner."""
    post = servers.Post()
    post.replies["RCPT"] = "550 5.7.1 no relaying for <anna@firm.example>"
    by_smtp(place, post)


def smtp_closed(place: Place) -> None:
    """Nobody listens there."""
    place.names["SMTP"] = str(free_port())
    place.says(delivery="smtp", tables=f'[mailbox.smtp]\nhost = "127.0.0.1"\nport = {place.names["SMTP"]}')


def smtp_no_starttls(place: Place) -> None:
    """It does not encrypt."""
    port = place.stack.enter_context(servers.smtp(servers.Post()))
    place.names["SMTP"] = str(port)
    place.says(delivery="smtp", tables=f'[mailbox.smtp]\nhost = "127.0.0.1"\nport = {port}')


def model_damaged(place: Place) -> None:
    """The files of the model are others."""
    model = place.own_model()
    for name in ("classifier.joblib", "rows.npz"):
        (model / name).write_bytes(b"something else")


def model_unsigned(place: Place) -> None:
    """The signature of the model is gone."""
    (place.own_model() / "manifest.sig").unlink()


def model_of_others(place: Place) -> None:
    """Others can write to the directory of the model."""
    place.own_model().chmod(0o777)


def model_missing(place: Place) -> None:
    """The model was removed by hand."""
    shutil.rmtree(place.own_model())


def state_in_a_file(place: Place) -> None:
    """The state directory cannot be made."""
    place.says(state=place.file("occupied", "") / "state")


def state_open(place: Place) -> None:
    """Others can look into the state directory."""
    place.state.mkdir()
    place.state.chmod(0o755)


def database(place: Place) -> Path:
    """A state database."""
    with Store.open(place.state / "oopsee.db"):
        return place.state / "oopsee.db"


def state_damaged(place: Place) -> None:
    """The state database is no database."""
    database(place).write_bytes(b"not a database" * 1000)


def state_newer(place: Place) -> None:
    """The state database is of a newer version."""
    with sqlite3.connect(database(place)) as line:
        line.execute("UPDATE alembic_version SET version_num = 'v9999'")
    line.close()


def state_foreign(place: Place) -> None:
    """The state database is that of another program."""
    place.state.mkdir(mode=0o700)
    path = place.state / "oopsee.db"
    with sqlite3.connect(path) as line:
        line.execute("CREATE TABLE songs (title TEXT)")
    line.close()
    path.chmod(0o600)


def state_key_lost(place: Place) -> None:
    """The key beside the state database is another."""
    database(place).with_name("oopsee.db.key").write_bytes(bytes(32))


def unknown_variable(place: Place) -> None:
    """A misspelled variable of the environment."""
    place.patch.setenv("OOPSEE_POLICY__ALERTS", "3")


def guarded(place: Place) -> None:
    """A daemon runs already. `check` only mentions it; `run` would be the second."""
    store = place.stack.enter_context(Store.open(place.state / "oopsee.db"))
    place.stack.enter_context(store.mailbox("work").lock())
    place.names["PID"] = str(os.getpid())
    place.command = "run"


KINDS: dict[str, Callable[[Place], None]] = {
    name: make
    for name, make in list(globals().items())
    if getattr(make, "__annotations__", None) == {"place": "Place", "return": "None"}
}
