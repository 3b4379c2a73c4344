"""A real Dovecot 2.3 for tests and benchmarks, run as an unprivileged process of its own.

It listens on free ports of the loopback interface, keeps everything in one short directory under
/tmp (Dovecot's socket paths must stay below 108 octets), and leaves nothing behind. As root the
server is started as `nobody`, otherwise as the user who runs the tests.
"""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import datetime as dt
import grp
import hashlib
import imaplib
import ipaddress
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from scanner.mailbox.imap import ImapEndpoint

INSTALL = "The tests need a real Dovecot: install it with `apt-get install dovecot-imapd`."
PASSWORD = "correct horse"
MASTER = "keeper"
"""The administrator's user, who may log in to every mailbox."""

SPECIAL_USE = {"Sent": "\\Sent", "Drafts": "\\Drafts", "Junk": "\\Junk", "All": "\\All"}


@dataclasses.dataclass(frozen=True, slots=True)
class Stored:
    """One stored message as the server tells it: UID, flags in order, size in octets and digest."""

    uid: int
    flags: tuple[str, ...]
    size: int
    digest: str


def program() -> str:
    """The path of the dovecot program.

    Raises
    ------
    RuntimeError
        Where it is not installed, with the command that installs it.
    """
    found = shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin:/usr/local/sbin")
    if found is None:
        raise RuntimeError(INSTALL)
    return found


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Dovecot:
    """A running server; use it as a context manager.

    Parameters
    ----------
    users
        Names of users that exist from the start; all have the password `PASSWORD`.
    folders
        Folders that every user has besides INBOX.
    special_use
        Whether LIST names the purpose of `folders` (RFC 6154).
    purposes
        The purpose of each folder; folders not named have none.
    separator
        The hierarchy delimiter.
    max_connections
        How many connections one user may have from one address.
    token_key
        Where given, the server takes OAuth tokens signed with it (see `tests.tokens`); they must have the
        scope "imap".
    mechanisms
        The SASL mechanisms for tokens.
    all_mail
        Whether there is a folder Virtual/All that shows all messages of all folders, as Gmail's All Mail.
    certificate_names
        DNS names and addresses that the self-signed certificate is for.
    """

    def __init__(
        self,
        *,
        users: Iterable[str] = (),
        folders: Iterable[str] = ("Sent", "Drafts"),
        special_use: bool = True,
        purposes: dict[str, str] | None = None,
        separator: str = "/",
        max_connections: int = 10,
        tls: bool = False,
        certificate_names: Iterable[str] = ("localhost", "127.0.0.1"),
        capability: str = "",
        token_key: bytes = b"",
        mechanisms: str = "xoauth2 oauthbearer",
        all_mail: bool = False,
    ) -> None:
        self.host = "127.0.0.1"
        self.port = 0
        self.tls_port = 0
        self.directory = Path()
        self.certificate = Path()
        self._users = list(users)
        self._folders = tuple(folders)
        self._purposes = (SPECIAL_USE if purposes is None else purposes) if special_use else {}
        self._separator = separator
        self._max_connections = max_connections
        self._tls = tls
        self._certificate_names = tuple(certificate_names)
        self._capability = capability
        self._token_key = token_key
        self._mechanisms = mechanisms
        self._all_mail = all_mail
        self._process: subprocess.Popen[bytes] | None = None
        self._fresh = 0

    def __enter__(self) -> Self:
        program()
        # A short name: the paths of Dovecot's sockets must fit into 108 octets.
        self.directory = Path(tempfile.mkdtemp(prefix="oop", dir="/tmp"))
        self.port = free_port()
        self.tls_port = free_port() if self._tls else 0
        try:
            self._prepare()
            self.start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()  # quicker than a good-bye
        shutil.rmtree(self.directory, ignore_errors=True)

    # ------------------------------------------------------------------ the process

    def start(self) -> None:
        """Start the server and wait until it answers."""
        command = [program(), "-F", "-c", str(self.directory / "dovecot.conf")]
        if os.getuid() == 0:
            setpriv = shutil.which("setpriv") or "setpriv"
            who = ["--reuid=nobody", f"--regid={_group_of('nobody')}", "--clear-groups"]
            command = [setpriv, *who, *command]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        deadline = time.monotonic() + 20
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                message = f"Dovecot did not start: {self.log()[-2000:]}"
                raise RuntimeError(message)
            time.sleep(0.01)

    def stop(self) -> None:
        """Stop the server politely."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End the server and all its connections at once (SIGKILL)."""
        self._end(signal.SIGKILL)

    def restart(self, *, pause: float = 0.0) -> None:
        """Kill the server and start it again on the same ports after `pause` seconds."""
        self.kill()
        time.sleep(pause)
        self.start()

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the server and all its processes."""
        if self._process is not None:
            os.killpg(self._process.pid, number)

    def log(self) -> str:
        """What the server has logged until now."""
        path = self.directory / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            if how == signal.SIGTERM:
                process.terminate()
            else:
                os.killpg(process.pid, signal.SIGKILL)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)
        with contextlib.suppress(ProcessLookupError):  # children that outlive their master
            os.killpg(process.pid, signal.SIGKILL)
        (self.directory / "b" / "master.pid").unlink(missing_ok=True)

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection((self.host, self.port), 2) as line:
            return line.recv(4) == b"* OK"
        return False

    # ------------------------------------------------------------------ users and mail

    def add_user(self, name: str, password: str = PASSWORD) -> str:
        """Make a user and return the name; the running server knows it at once."""
        # A file for each: a common one is looked at once a second only.
        (self.directory / "passwd" / name).write_text(f"{name}:{{PLAIN}}{password}::::::\n")
        return name

    def fresh_user(self) -> str:
        """A user that nobody has used before."""
        self._fresh += 1
        return self.add_user(f"user{self._fresh}@example.org")

    def home(self, user: str) -> Path:
        """The directory that holds the user's Maildir."""
        return self.directory / "home" / user

    @contextlib.contextmanager
    def connection(self, user: str, password: str = PASSWORD) -> Iterator[imaplib.IMAP4]:
        """A logged-in connection apart from the code under test."""
        line = imaplib.IMAP4(self.host, self.port, timeout=20)
        try:
            line.login(user, password)
            yield line
        finally:
            with contextlib.suppress(imaplib.IMAP4.error, OSError):
                line.logout()
            with contextlib.suppress(OSError):
                line.shutdown()

    def append(
        self,
        user: str,
        folder: str,
        *messages: bytes,
        flags: str = "",
        when: dt.datetime | None = None,
    ) -> None:
        """File messages as a mail client would."""
        stamp = imaplib.Time2Internaldate(when) if when else ""
        with self.connection(user) as line:
            for raw in messages:
                _ok(line.append(f'"{folder}"', f"({flags})" if flags else "", stamp, raw))

    def create(self, user: str, folder: str) -> None:
        """Make a folder; its name in modified UTF-7."""
        with self.connection(user) as line:
            _ok(line.create(f'"{folder}"'))

    def delete(self, user: str, folder: str) -> None:
        """Remove a folder and the mail in it; made again it has a new UIDVALIDITY."""
        with self.connection(user) as line:
            _ok(line.delete(f'"{folder}"'))

    def folders(self, user: str) -> tuple[str, ...]:
        """The names of all folders that can be selected, as on the wire, sorted."""
        with self.connection(user) as line:
            return tuple(_selectable(line))

    def messages(self, user: str, folder: str = "INBOX") -> list[bytes]:
        """The messages of a folder in UID order; no flag changes."""
        with self.connection(user) as line:
            _ok(line.select(f'"{folder}"', readonly=True))
            answer = _ok(line.uid("FETCH", "1:*", "(BODY.PEEK[])"))
            return [part[1] for part in answer if isinstance(part, tuple)]

    def state(self, user: str) -> dict[str, tuple[Stored, ...]]:
        """All messages and all flags of all folders: equal before and after means nothing changed."""
        with self.connection(user) as line:
            return {name: tuple(_stored(line, name)) for name in _selectable(line)}

    def files(self, user: str) -> tuple[str, ...]:
        r"""The names of all mail files below the home, which hold the flags; `new` is \Recent."""
        home = self.home(user)
        kept = (path for sub in ("new", "cur") for path in home.glob(f"**/{sub}/*"))
        return tuple(sorted(str(path.relative_to(home)) for path in kept))

    # ------------------------------------------------------------------ the configuration

    def _prepare(self) -> None:
        for name in ("b", "state", "home", "passwd"):
            (self.directory / name).mkdir()
        for user in self._users:
            self.add_user(user)
        # Logs in to any mailbox as "user*master".
        (self.directory / "masters").write_text(f"{MASTER}:{{PLAIN}}{PASSWORD}::::::\n")
        if self._tls:
            self._make_certificate()
        if self._token_key:
            self._take_tokens()
        if self._all_mail:
            (self.directory / "virtual" / "All").mkdir(parents=True)
            (self.directory / "virtual" / "All" / "dovecot-virtual").write_text("*\n  all\n")
        (self.directory / "dovecot.conf").write_text(self._configuration())
        if os.getuid() == 0:
            nobody = pwd.getpwnam("nobody")
            for path in (self.directory, *self.directory.rglob("*")):
                os.chown(path, nobody.pw_uid, nobody.pw_gid)

    def _configuration(self) -> str:
        user = "nobody" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
        here = self.directory
        ssl, tls_listener = "ssl = no", ""
        if self._tls:
            ssl = f"ssl = yes\nssl_cert = <{here}/cert.pem\nssl_key = <{here}/key.pem"
            tls_listener = (
                f"inet_listener imaps {{\n address = {self.host}\n port = {self.tls_port}\n ssl = yes\n }}"
            )
        purpose = {name: f"special_use = {use}" for name, use in self._purposes.items()}
        mailboxes = "\n".join(
            f'mailbox "{name}" {{\n auto = create\n {purpose.get(name, "")}\n }}' for name in self._folders
        )
        capability = f"imap_capability = {self._capability}" if self._capability else ""
        tokens = ""
        if self._token_key:
            tokens = (
                f"auth_mechanisms = plain {self._mechanisms}\n"
                f"passdb {{\n driver = oauth2\n mechanisms = xoauth2 oauthbearer\n"
                f" args = {here}/oauth2.conf\n}}"
            )
        everything = ""
        if self._all_mail:
            everything = f"""
mail_plugins = virtual
namespace everything {{
  prefix = Virtual{self._separator}
  separator = {self._separator}
  location = virtual:{here}/virtual:INDEX=~/virtual:CONTROL=~/virtual
  mailbox All {{
    special_use = \\All
  }}
}}"""
        return f"""
base_dir = {here}/b
state_dir = {here}/state
log_path = {here}/log
protocols = imap
{ssl}
{capability}
disable_plaintext_auth = no
auth_failure_delay = 0
default_internal_user = {user}
default_internal_group = {_group_of(user)}
default_login_user = {user}
first_valid_uid = 1
first_valid_gid = 1
mail_fsync = never
mail_max_userip_connections = {self._max_connections}
mail_location = maildir:~/Maildir
service imap-login {{
  chroot =
  service_count = 0
  inet_listener imap {{
    address = {self.host}
    port = {self.port}
  }}
  {tls_listener}
}}
service anvil {{
  chroot =
  # Otherwise each wrong password of a test makes all later logins wait.
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
auth_master_user_separator = *
passdb {{
  driver = passwd-file
  master = yes
  args = {here}/masters
}}
{tokens}
passdb {{
  driver = passwd-file
  mechanisms = plain login
  args = {here}/passwd/%u
}}
userdb {{
  driver = static
  args = uid={user} gid={_group_of(user)} home={here}/home/%u
}}
namespace inbox {{
  inbox = yes
  separator = {self._separator}
  {mailboxes}
}}
{everything}
"""

    def _take_tokens(self) -> None:
        """Let the server check signatures by itself: no provider is asked."""
        key = self.directory / "keys" / "default" / "HS256" / "default"
        key.parent.mkdir(parents=True)
        key.write_bytes(base64.b64encode(self._token_key))
        (self.directory / "oauth2.conf").write_text(
            "introspection_mode = local\n"
            f"local_validation_key_dict = fs:posix:prefix={self.directory}/keys/\n"
            "username_attribute = sub\n"
            "scope = imap\n"
        )

    def _make_certificate(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self._certificate_names[0])])
        now = dt.datetime.now(dt.UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=30))
            .add_extension(
                x509.SubjectAlternativeName(map(_general_name, self._certificate_names)), critical=False
            )
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        self.certificate = self.directory / "cert.pem"
        self.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        (self.directory / "key.pem").write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )


@dataclasses.dataclass(frozen=True, slots=True)
class Account:
    """One user of a running server."""

    server: Dovecot
    user: str
    password: str = PASSWORD

    def endpoint(self, **changes: Any) -> ImapEndpoint:  # noqa: ANN401  fields of any type
        """How the code under test reaches the user, in cleartext; `changes` are fields of `ImapEndpoint`."""
        fields: dict[str, Any] = {
            "host": "localhost",
            "port": self.server.port,
            "username": self.user,
            "secret": lambda: self.password,
            "security": "cleartext",
            "timeout": 10.0,
        }
        return ImapEndpoint(**{**fields, **changes})

    def append(self, folder: str, *messages: bytes, flags: str = "") -> None:
        """File messages as a mail client would."""
        self.server.append(self.user, folder, *messages, flags=flags)


def _general_name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def _group_of(user: str) -> str:
    return grp.getgrgid(pwd.getpwnam(user).pw_gid).gr_name


def _ok(answer: tuple[str, Any]) -> Any:  # noqa: ANN401  imaplib answers with lists of anything
    status, data = answer
    if status != "OK":
        raise RuntimeError(f"the test server refused: {data!r}")
    return data


def _selectable(line: imaplib.IMAP4) -> Iterator[str]:
    names = []
    for entry in _ok(line.list()):
        match = re.match(rb'\((?P<flags>[^)]*)\) (?:"[^"]*"|NIL) (?P<name>.*)', bytes(entry))
        if match and b"\\Noselect" not in match["flags"]:
            names.append(match["name"].strip(b'"').decode("ascii"))
    yield from sorted(names)


def _stored(line: imaplib.IMAP4, folder: str) -> Iterator[Stored]:
    _ok(line.select(f'"{folder}"', readonly=True))
    answer = _ok(line.uid("FETCH", "1:*", "(FLAGS BODY.PEEK[])"))
    for part in answer:
        if isinstance(part, tuple):
            head, raw = part
            uid = re.search(rb"UID (\d+)", head)
            flags = re.search(rb"FLAGS \(([^)]*)\)", head)
            if uid is None or flags is None:
                message = f"the test server answered out of order: {head!r}"
                raise RuntimeError(message)
            names = tuple(sorted(flags[1].decode("ascii").split()))
            yield Stored(int(uid[1]), names, len(raw), hashlib.sha256(raw).hexdigest())
