"""One connection to one IMAP mailbox: TLS, login, and the few commands that Oopsee uses.

Nothing here can change mail: folders are opened by EXAMINE only, bodies are read by BODY.PEEK,
and the one command that writes is APPEND. Whatever goes wrong is raised as an error of
`scanner.errors`; after a lost line the socket is dropped and `Session.connect` starts anew.
"""

from __future__ import annotations

import contextlib
import errno
import imaplib
import re
import socket
import ssl
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from imapclient.exceptions import InvalidCriteriaError

from scanner import bearer
from scanner.errors import ConfigError, ConnectError, FolderError, LoginError, ScannerError
from scanner.mailbox import trouble
from scanner.mailbox.line import Client, Line

Security = Literal["tls", "starttls", "cleartext"]

_GOODBYE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class ImapEndpoint:
    """Where a mailbox is and who logs in.

    `security` is "tls" from the first octet, "starttls", or "cleartext", which sends the password
    readable. `secret` is asked at every login, so that a changed password or token is used.
    With `bearer` it is an OAuth access token; `renew` gives another in the place of one that the
    server refused. `timeout` is in seconds, for connecting and for each answer. `ca_file` adds an
    authority, or one's own certificate, to those that the machine trusts.
    """

    host: str
    port: int
    username: str
    secret: Callable[[], str] = field(repr=False)
    security: Security = "tls"
    ca_file: Path | None = None
    timeout: float = 30.0
    bearer: bool = False
    renew: Callable[[str], str] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of LIST: the name decoded, the flags in lower case, the delimiter ("" for none)."""

    name: str
    flags: frozenset[str] = frozenset()
    delimiter: str = "/"


@dataclass(frozen=True, slots=True)
class Opened:
    """What EXAMINE or STATUS says of a folder. `uidnext` is 0 where the server leaves it out."""

    folder: str
    uidvalidity: int
    uidnext: int
    exists: int


class Session:
    """A logged-in connection that is read from one thread.

    Parameters
    ----------
    endpoint
        Where to connect and as whom.
    clock
        Gives the present moment in seconds; `answered_at` is in its terms.
    """

    def __init__(self, endpoint: ImapEndpoint, *, clock: Callable[[], float]) -> None:
        if endpoint.security not in ("tls", "starttls", "cleartext"):
            raise ConfigError(
                f"{endpoint.security!r} is no kind of security for IMAP.",
                remedy='Use "tls" or "starttls"; cleartext only where the setting says so in words.',
            )
        self.endpoint = endpoint
        self._clock = clock
        self._client: Client | None = None
        self._reaching: socket.socket | None = None
        self._given_up = False
        self._opened: str | None = None
        self._ended_commands = 0
        self._last_answer: float | None = None

    def __enter__(self) -> Self:
        self.connect()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # ------------------------------------------------------------------ connecting

    @property
    def connected(self) -> bool:
        """Whether there is a line that has not been lost."""
        return self._client is not None

    @property
    def opened(self) -> str | None:
        """The folder that is open on the present connection."""
        return self._opened

    @property
    def answered_at(self) -> float | None:
        """When the server last said anything, by the clock; None before its first word."""
        if self._client is not None and self._client.line.answered_at is not None:
            return self._client.line.answered_at
        return self._last_answer

    @property
    def round_trips(self) -> int:
        """How many commands were sent until now, over all connections of this session."""
        return self._ended_commands + (self._client.line.commands if self._client else 0)

    def connect(self) -> None:
        """Connect and log in; does nothing where that has been done.

        Raises `ConnectError`, `ThrottledError`, `CertificateError` or `LoginError`.
        """
        if self._client is not None:
            return
        self._given_up = False
        client = self._open()
        self._client = client
        try:
            self._secure(client)
            self._log_in(client)
            with self._watched("saying who we are"):
                if client.has_capability("ID"):  # some providers let nobody in who gives no name (RFC 2971)
                    client.id_({"name": "oopsee"})
                client.accept_utf8()
        except BaseException:
            self.drop()
            raise

    def close(self) -> None:
        """Log out where the line is alive, and hang up."""
        if self._client is None:
            return
        with contextlib.suppress(OSError, imaplib.IMAP4.error):
            self._client.line.sock.settimeout(_GOODBYE_SECONDS)
            self._client.logout()
        self.drop()

    def drop(self) -> None:
        """Hang up without a word. From another thread it ends a command that waits for its answer."""
        client, self._client = self._client, None
        self._opened = None
        self._given_up = True
        if (reaching := self._reaching) is not None:
            with contextlib.suppress(OSError):
                reaching.shutdown(socket.SHUT_RDWR)
        if client is not None:
            self._ended_commands += client.line.commands
            self._last_answer = client.line.answered_at or self._last_answer
            client.line.drop()

    def _open(self) -> Client:
        at = self.endpoint
        tls = self._context() if at.security == "tls" else None
        try:
            return Client(
                at.host, at.port, tls=tls, timeout=at.timeout, clock=self._clock, opening=self._note
            )
        except (OSError, imaplib.IMAP4.error, UnicodeError) as error:
            raise trouble.cannot_connect(at.host, at.port, error) from error
        finally:
            self._reaching = None

    def _note(self, reaching: socket.socket) -> None:
        """Keep the socket on which a connection is being made, for `drop`."""
        self._reaching = reaching
        if self._given_up:
            raise ConnectionAbortedError(errno.ECONNABORTED, "it was given up")

    def _context(self) -> ssl.SSLContext:
        context = ssl.create_default_context()  # checks certificate and host name
        if self.endpoint.ca_file is not None:
            try:
                context.load_verify_locations(self.endpoint.ca_file)
            except OSError as error:
                why = error.strerror or error
                raise ConfigError(
                    f"The certificate file {self.endpoint.ca_file} cannot be used: {why}.",
                    remedy="Set ca_file to a readable file with certificates in PEM form.",
                ) from error
        return context

    def _secure(self, client: Client) -> None:
        at = self.endpoint
        if at.security != "starttls":
            return
        try:
            if not client.has_capability("STARTTLS"):
                raise trouble.no_starttls(at.host, at.port)
            client.starttls(self._context())
        except (OSError, imaplib.IMAP4.error) as error:
            raise trouble.cannot_connect(at.host, at.port, error) from error

    def _log_in(self, client: Client) -> None:
        at = self.endpoint
        if client.line.state != "NONAUTH":
            return  # a tunnel that has logged in already (PREAUTH)
        with self._logging_in():
            if client.has_capability("LOGINDISABLED"):
                raise trouble.needs_encryption(at.host)
            mechanism = bearer.choose(lambda name: bool(client.has_capability(f"AUTH={name}")))
        if not at.bearer:
            refusal = self._try(client, at.secret(), None)
        elif mechanism is None:
            raise bearer.not_offered(at.host)
        else:
            token = at.secret()
            refusal = self._try(client, token, mechanism)
            if isinstance(refusal, bearer.TokenRefusedError) and at.renew is not None:
                # It may have been revoked, or a clock was wrong when its age was reckoned.
                refusal = self._try(client, at.renew(token), mechanism)
        if refusal is not None:
            raise refusal from None

    def _try(self, client: Client, secret: str, mechanism: bearer.Mechanism | None) -> ScannerError | None:
        """One login, with a password or by `mechanism`; what a refusal means, None where there is none."""
        at = self.endpoint
        exchange = mechanism and bearer.Exchange(mechanism, at.username, secret, at.host, at.port)
        with self._logging_in(secret):
            try:
                if exchange is not None:
                    client.sasl_login(exchange.mechanism, exchange)
                elif client.has_capability("AUTH=PLAIN"):
                    client.plain_login(at.username, secret)
                else:
                    client.login(_quoted(at.username), secret)
            except imaplib.IMAP4.abort:
                raise
            except imaplib.IMAP4.error as error:
                if isinstance(error.__context__, imaplib.IMAP4.abort):  # IMAPClient calls this a refusal too
                    raise error.__context__ from None
                # Without the cause: it could hold what the server echoes.
                said = trouble.words(error, secret)
                refusal = trouble.login_refused(at.host, at.username, said)
                if exchange is not None and isinstance(refusal, LoginError):
                    return bearer.refused(at.host, exchange, _ANSWERED.sub("", said))
                return refusal
        return None

    @contextlib.contextmanager
    def _logging_in(self, secret: str = "") -> Iterator[None]:
        """Turn what the libraries raise during a login into errors people can read, without the secret."""
        at = self.endpoint
        try:
            yield
        except UnicodeEncodeError:
            raise LoginError(
                f"{at.host} takes only unaccented letters in user names and passwords.",
                remedy="Choose a password of plain letters, digits and signs.",
            ) from None
        except imaplib.IMAP4.abort as error:
            said = trouble.words(error, secret)
            if trouble.is_throttling(said):
                raise trouble.throttled(at.host, said) from None
            raise ConnectError(f"{at.host} hung up during the login. It said: {said}") from None
        except imaplib.IMAP4.error as error:
            raise trouble.login_refused(at.host, at.username, trouble.words(error, secret)) from None
        except OSError as error:
            raise trouble.broke_off(at.host, "logging in", error) from error

    # ------------------------------------------------------------------ commands

    @property
    def line(self) -> Line:
        """The connection below the commands, for IDLE."""
        return self._need().line

    def has(self, capability: str) -> bool:
        """Whether the server offers a capability."""
        with self._watched("asking what the server can do"):
            return bool(self._need().has_capability(capability))

    def listing(self) -> tuple[Listed, ...]:
        """All folders, as LIST names them."""
        with self._watched("listing the folders"):
            found = self._need().list_folders()
            return tuple(_listed(flags, delimiter, name) for flags, delimiter, name in found)

    def foreign_prefixes(self) -> tuple[str, ...]:
        """What the names of other people's and of shared folders begin with (RFC 2342)."""
        with self._watched("asking for the namespaces"):
            client = self._need()
            if not client.has_capability("NAMESPACE"):
                return ()
            found = client.namespace()
            groups = (found.other or ()), (found.shared or ())
            return tuple(_text(prefix) for group in groups for prefix, _ in group if prefix)

    def examine(self, folder: str) -> Opened:
        r"""Open a folder so that nothing in it can change, not even \Recent (EXAMINE).

        Raises `FolderError` where it cannot be opened.
        """
        with self._watched(f"opening the folder {folder}", missing=folder):
            self._opened = None
            answer = self._need().select_folder(folder, readonly=True)
            self._opened = folder
            return Opened(
                folder,
                int(answer.get(b"UIDVALIDITY", 0)),
                int(answer.get(b"UIDNEXT", 0)),
                int(answer.get(b"EXISTS", 0)),
            )

    def status(self, folder: str) -> Opened:
        """What EXAMINE would say, without opening the folder."""
        with self._watched(f"asking about the folder {folder}", missing=folder):
            answer = self._need().folder_status(folder, ("MESSAGES", "UIDNEXT", "UIDVALIDITY"))
            return Opened(
                folder,
                int(answer.get(b"UIDVALIDITY", 0)),
                int(answer.get(b"UIDNEXT", 0)),
                int(answer.get(b"MESSAGES", 0)),
            )

    def statuses(self, folders: Sequence[str]) -> dict[str, Opened]:
        """What `status` would say of several folders, in one round trip: the commands go out together.

        What is open is closed first (UNSELECT, RFC 3691), because what a server says of the opened
        folder may be old (RFC 9051 section 6.3.11). A folder is left out where it cannot be closed,
        or where the server does not answer for it; opening it will tell why.
        """
        with self._watched("asking what is new"):
            client = self._need()
            if self._opened is not None and client.has_capability("UNSELECT"):
                names, closing, self._opened = list(folders), True, None
            else:
                names, closing = [name for name in folders if name != self._opened], False
            answers = client.statuses(names, ("MESSAGES", "UIDNEXT", "UIDVALIDITY"), closing=closing)
            return {
                name: Opened(
                    name,
                    int(answer.get(b"UIDVALIDITY", 0)),
                    int(answer.get(b"UIDNEXT", 0)),
                    int(answer.get(b"MESSAGES", 0)),
                )
                for name, answer in zip(names, answers, strict=True)
                if answer
            }

    def set_notices(self, folders: Sequence[str]) -> bool:
        """Have the server tell, in IDLE, also of mail in `folders` besides the opened one (RFC 5465).

        Returns whether there already are news. Raises `RefusedError` or `AnswerError` where it refuses.
        """
        with self._watched("asking for notices of several folders"):
            client = self._need()
            return client.line.set_notices([client.quoted(name) for name in folders])

    def search(self, criteria: Sequence[str]) -> list[int]:
        """The UIDs in the opened folder that fit, ascending; without CHARSET, which some servers refuse."""
        with self._watched("searching"):
            return sorted({int(uid) for uid in self._need().search(list(criteria))})

    def fetch(self, uids: Sequence[int], items: Sequence[str]) -> dict[int, dict[bytes, Any]]:
        """Data items of messages in the opened folder by UID; what is gone is left out."""
        with self._watched("reading mail"):
            return dict(self._need().fetch(list(uids), list(items)))

    def noop(self) -> None:
        """Say nothing, so that the line stays open and a dead one shows."""
        with self._watched("keeping the line open"):
            self._need().noop()

    def append(self, folder: str, raw: bytes, flags: Sequence[str], when: datetime | None) -> bytes:
        """File a message; the server's answer."""
        with self._watched(f"filing a message in {folder}", missing=folder):
            return bytes(self._need().append(folder, raw, tuple(flags), when))

    def create(self, folder: str) -> None:
        """Make a folder and subscribe to it (RFC 9051 section 6.3.4); one that is there already stays."""
        with self._watched(f"making the folder {folder}"):
            client = self._need()
            if not client.folder_exists(folder):
                client.create_folder(folder)
            client.subscribe_folder(folder)

    def move(self, folder: str, uids: Sequence[int], to: str) -> None:
        """Move messages into another folder (MOVE, RFC 6851, else by UIDPLUS, RFC 4315).

        The only thing that opens a folder for writing: for recalls, which an administrator must allow.
        """
        with self._watched(f"moving mail from {folder} to {to}", missing=to):
            client = self._need()
            if not client.has_capability("MOVE") and not client.has_capability("UIDPLUS"):
                raise trouble.refused(self.endpoint.host, "moving mail", "it offers neither MOVE nor UIDPLUS")
            client.select_folder(folder)
            self._opened = None
            if client.has_capability("MOVE"):
                client.move(list(uids), to)
            else:
                client.copy(list(uids), to)
                client.add_flags(list(uids), [b"\\Deleted"], silent=True)
                client.uid_expunge(list(uids))
            if client.has_capability("UNSELECT"):
                client.unselect_folder()

    def idling(self, doing: str) -> contextlib.AbstractContextManager[None]:
        """Translates errors around direct use of `line`."""
        return self._watched(doing)

    def _need(self) -> Client:
        if self._client is None:
            raise ConnectError(f"There is no connection to {self.endpoint.host}.")
        return self._client

    @contextlib.contextmanager
    def _watched(self, doing: str, *, missing: str = "") -> Iterator[None]:
        """Turn what the libraries raise into errors people can read; drop a line that is lost."""
        host = self.endpoint.host
        try:
            yield
        except (OSError, imaplib.IMAP4.abort) as error:
            self.drop()
            raise trouble.broke_off(host, doing, error) from error
        except imaplib.IMAP4.error as error:
            said = trouble.words(error)
            if not _ANSWERED.search(said) and not isinstance(error, InvalidCriteriaError):
                raise trouble.broke_off(host, doing, error) from error
            said = _ANSWERED.sub("", said)
            if missing and _NO_FOLDER.search(said):
                raise FolderError(
                    f"The folder {missing} cannot be opened. {host} said: {said}",
                    meaning="What lies in it is not read.",
                    remedy="Check [mailbox.folders] in the configuration, and whether the folder is there.",
                ) from error
            raise trouble.refused(host, doing, said) from error
        except (ValueError, IndexError, KeyError, TypeError, AttributeError, RecursionError) as error:
            # What IMAPClient's parsers raise on answers that break the protocol.
            raise trouble.broke_off(host, doing, error) from error


# IMAPClient writes "<command> failed: <words>" for NO and imaplib "<command> command error: BAD <words>".
_ANSWERED = re.compile(r"^\w+ (?:failed: |command error: )(?:BAD )?", re.IGNORECASE)
_NO_FOLDER = re.compile(
    r"NONEXISTENT|TRYCREATE|NOPERM|doesn't exist|does not exist|not found|no such|unknown mailbox",
    re.IGNORECASE,
)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _text(name: object) -> str:
    return name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name)


def _listed(flags: Sequence[bytes], delimiter: bytes | None, name: object) -> Listed:
    return Listed(
        _text(name),
        frozenset(flag.decode("ascii", "replace").lower() for flag in flags),
        (delimiter or b"").decode("ascii", "replace"),
    )
