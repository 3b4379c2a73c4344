"""Three ways of handing an alert to the owner, behind one interface."""

from __future__ import annotations

import binascii
import re
import smtplib
import ssl
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from email import message_from_bytes, message_from_string, policy
from email.utils import getaddresses
from pathlib import Path
from typing import Literal, Protocol, TextIO

from scanner import bearer
from scanner.alert.compose import plain_terminal
from scanner.alert.safe import one_line
from scanner.errors import (
    CertificateError,
    ConfigError,
    DeliveryError,
    LoginError,
    PermanentError,
    RetryableError,
)

Security = Literal["tls", "starttls", "cleartext"]

_ADDRESS = re.compile(r"<?[^\s<>]+@[^\s<>]+>?")
_AUTHENTICATED = 235
_CHALLENGE = 334
_DONE = 250
_TAKEN = (250, 251)  # RFC 5321 section 4.3.2
_STAYS = "Alerts do not reach you this way; they wait in the outbox."
_LACKS = (
    ("STARTTLS", "does not offer STARTTLS", 'Set security = "tls" and its port, usually 465'),
    (
        "AUTH",
        "takes no login",
        "Leave out the username in [mailbox.smtp], or set the port for it, usually 587",
    ),
    ("SMTPUTF8", "takes only addresses in plain letters", "Set address to one that it takes"),
    ("", "lacks something that is needed", "Ask whoever runs it"),
)
"""What smtplib names, what that means, and what to do."""


class DeliveryRefusedError(PermanentError):
    """The mail server will not take alerts from Oopsee."""

    exit_code = 3
    default_meaning = _STAYS


class Delivery(Protocol):
    """Hands one mail to the owner of the mailbox and to nobody else."""

    def deliver(self, raw: bytes, message_id: str, *, repeat: bool = True) -> None:
        """Hand over the mail `raw`, which bears `message_id`; when this returns it has arrived.

        `repeat` false says that it was never tried before. Raises DeliveryError when a later try
        may succeed, and another PermanentError when somebody has to change something first.
        """


class SmtpDelivery:
    """Sends by SMTP submission (RFC 6409), from the owner to the owner.

    A connection that breaks after the server took the mail leaves open whether it arrived; then a
    repeat follows, with the same Message-ID. `security` is "tls" (from the first octet, RFC
    8314), "starttls" (required, never skipped) or "cleartext". The server's certificate is always
    checked; `ca_file` adds to the known authorities. `secret` is asked at every login; there is no
    login without `username`. With `token` the secret is an OAuth access token; `renew` gives another in
    the place of one that the server refused. `timeout` in seconds holds for every answer of the server.
    """

    def __init__(
        self,
        *,
        host: str,
        port: int,
        owner: str,
        security: Security = "starttls",
        username: str = "",
        secret: Callable[[], str] | None = None,
        ca_file: Path | None = None,
        timeout: float = 30.0,
        token: bool = False,
        renew: Callable[[str], str] | None = None,
    ) -> None:
        self._host = host
        self._port = port
        self._owner = owner
        self._security = security
        self._username = username
        self._secret = secret
        self._ca_file = ca_file
        self._timeout = timeout
        self._token = token
        self._renew = renew

    def deliver(self, raw: bytes, message_id: str, *, repeat: bool = True) -> None:
        """Send; see `Delivery`."""
        del message_id, repeat
        only_to(self._owner, raw)
        with self._told():
            server = self._connect()
            try:
                self._greet(server)
                options = () if raw.isascii() and self._owner.isascii() else ("SMTPUTF8",)
                server.sendmail(self._owner, [self._owner], raw, mail_options=options)
                self._part(server)
            finally:
                server.close()

    def check(self) -> None:
        """Connect, log in and name sender and recipient, send nothing; raises what `deliver` would."""
        with self._told():
            server = self._connect()
            try:
                self._greet(server)
                options = () if self._owner.isascii() else ("SMTPUTF8",)
                code, words = server.mail(self._owner, options)
                if code != _DONE:
                    raise smtplib.SMTPSenderRefused(code, words, self._owner)
                code, words = server.rcpt(self._owner)
                if code not in _TAKEN:
                    raise smtplib.SMTPRecipientsRefused({self._owner: (code, words)})
                server.rset()
                self._part(server)
            finally:
                server.close()

    def _connect(self) -> smtplib.SMTP:
        ours = "[127.0.0.1]"  # an address literal (RFC 5321 section 4.1.3): DNS can be slow to tell our name
        if self._security == "tls":
            return smtplib.SMTP_SSL(
                self._host, self._port, local_hostname=ours, timeout=self._timeout, context=self._context()
            )
        return smtplib.SMTP(self._host, self._port, local_hostname=ours, timeout=self._timeout)

    def _greet(self, server: smtplib.SMTP) -> None:
        server.ehlo_or_helo_if_needed()
        if self._security == "starttls":
            server.starttls(context=self._context())
            server.ehlo_or_helo_if_needed()
        if self._username and self._secret is not None:
            if self._token:
                self._bring_token(server, self._secret)
            else:
                _login(server, self._username, self._secret())

    def _bring_token(self, server: smtplib.SMTP, secret: Callable[[], str]) -> None:
        offered = server.esmtp_features.get("auth", "").upper().split()
        mechanism = bearer.choose(offered.__contains__)
        if mechanism is None:
            raise bearer.not_offered(self._host)
        token = secret()
        refusal = self._try(server, mechanism, token)
        if isinstance(refusal, bearer.TokenRefusedError) and self._renew is not None:
            # It may have been revoked, or a clock was wrong when its age was reckoned.
            refusal = self._try(server, mechanism, self._renew(token))
        if refusal is not None:
            raise refusal

    def _try(
        self, server: smtplib.SMTP, mechanism: bearer.Mechanism, token: str
    ) -> RetryableError | PermanentError | None:
        """One login with a token (RFC 4954 section 4); what the refusal means, None where there is none."""
        exchange = bearer.Exchange(mechanism, self._username, token, self._host, self._port)
        code, words = server.docmd("AUTH", f"{mechanism} {b64encode(exchange(b'')).decode('ascii')}")
        if code == _CHALLENGE:
            code, words = server.docmd(b64encode(exchange(_decoded(words))).decode("ascii"))
        if code == _AUTHENTICATED:
            return None
        said = _words(words).replace(token, "***")
        if 400 <= code < 500:
            return self._refused(code, said)
        return bearer.refused(self._host, exchange, f"{code} {said}")

    def _part(self, server: smtplib.SMTP) -> None:
        """Say goodbye; the mail has been taken, whatever becomes of this."""
        try:
            server.quit()
        except (smtplib.SMTPException, OSError):
            return

    def _context(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self._ca_file is not None:
            try:
                context.load_verify_locations(self._ca_file)
            except OSError as error:  # ssl.SSLError, for a file that holds no certificate, is one
                raise ConfigError(
                    f"The certificate file {self._ca_file} cannot be used ({error.strerror or error}).",
                    remedy="Name a PEM file with the certificate of the authority.",
                ) from error
        return context

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn what smtplib and the network raise into errors that say what to do."""
        where = f"{self._host}:{self._port}"
        try:
            yield
        except ssl.SSLCertVerificationError as error:
            raise CertificateError(
                f"The certificate of the mail server {where} was refused ({error.verify_message}).",
                meaning=_STAYS,
                remedy="Correct the host name, or name the authority's certificate as ca_file.",
            ) from error
        except smtplib.SMTPNotSupportedError as error:
            what, remedy = next((what, remedy) for name, what, remedy in _LACKS if name in str(error))
            raise DeliveryRefusedError(
                f"The mail server {where} {what}.", remedy=f'{remedy}; or use delivery = "append".'
            ) from error
        except smtplib.SMTPAuthenticationError as error:
            raise self._login_refused(error.smtp_code, _words(error.smtp_error)) from error
        except smtplib.SMTPRecipientsRefused as error:
            code, words = error.recipients.get(self._owner, (550, b""))
            raise self._refused(code, _words(words)) from error
        except smtplib.SMTPResponseException as error:
            raise self._refused(error.smtp_code, _words(error.smtp_error)) from error
        except (smtplib.SMTPException, OSError) as error:
            raise DeliveryError(
                f"The mail server {where} cannot be reached for sending ({_reason(error)}).",
                remedy="Check the host, the port and the network; Oopsee tries again by itself.",
            ) from error

    def _login_refused(self, code: int, words: str) -> RetryableError | PermanentError:
        if code < 500:
            return self._refused(code, words)
        return LoginError(
            f"The mail server {self._host} refused the login for sending: {code} {words}",
            meaning=_STAYS,
            remedy="Correct the username or the password for SMTP; some providers want an app password.",
        )

    def _refused(self, code: int, words: str) -> RetryableError | PermanentError:
        """Judge by the first digit of the reply (RFC 5321 section 4.2.1)."""
        if code < 500:
            return DeliveryError(
                f"The mail server {self._host} does not take the alert for now: {code} {words}",
                remedy="Oopsee tries again by itself.",
            )
        return DeliveryRefusedError(
            f"The mail server {self._host} refused the alert: {code} {words}",
            remedy='Allow this login to send from and to your address, or use delivery = "append".',
        )


class AppendDelivery:
    """Files the mail in the mailbox itself, exactly once.

    `append(raw, when)` files it, with the moment that becomes its INTERNALDATE; `find(message_id)`
    tells whether it lies there. After an attempt of which nobody knows how it ended, `find`
    decides. Both may raise errors of `scanner.errors` and OSError. Without `clock`, `when` is None
    and the server's clock counts.
    """

    def __init__(
        self,
        append: Callable[[bytes, datetime | None], object],
        find: Callable[[str], bool],
        *,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        self._append = append
        self._find = find
        self._clock = clock

    def deliver(self, raw: bytes, message_id: str, *, repeat: bool = True) -> None:
        """File it unless it is there; see `Delivery`."""
        try:
            if repeat and self._find(message_id):
                return
            self._append(raw, self._clock() if self._clock else None)
        except DeliveryError:
            raise
        except RetryableError as error:
            raise DeliveryError(str(error), remedy=error.remedy or "Oopsee tries again by itself.") from error
        except OSError as error:
            raise DeliveryError(
                f"The mailbox cannot be reached for filing the alert ({_reason(error)}).",
                remedy="Oopsee tries again by itself.",
            ) from error


class ConsoleDelivery:
    """Writes the text of the mail to a stream, made safe for a terminal."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def deliver(self, raw: bytes, message_id: str, *, repeat: bool = True) -> None:
        """Write; see `Delivery`. A repeat is written again, under the same Message-ID."""
        del repeat
        headers = message_from_bytes(raw, policy=policy.default)
        subject = one_line(str(headers["Subject"] or ""))
        shown = f"Message-ID: {one_line(message_id, 1000)}\nSubject: {subject}\n\n{plain_terminal(raw)}\n\n"
        try:
            self._stream.write(shown)
            self._stream.flush()
        except (OSError, ValueError) as error:  # ValueError: the stream is closed, or cannot encode a letter
            raise DeliveryError(
                f"The alert cannot be written to the console ({_reason(error)}).",
                remedy="Keep the terminal open, or choose delivery by append.",
            ) from error


def only_to(owner: str, raw: bytes) -> None:
    """Raise DeliveryRefusedError where a mail names anybody but the owner as recipient."""
    head = raw.partition(b"\r\n\r\n")[0].decode("utf-8", "replace")
    headers = message_from_string(head, policy=policy.compat32)
    fields = ("To", "Cc", "Bcc", "Resent-To", "Resent-Cc", "Resent-Bcc")
    values = [str(value) for name in fields for value in headers.get_all(name, [])]
    found = {address.lower() for _, address in getaddresses(values)}
    if found != {owner.lower()}:
        raise DeliveryRefusedError(
            "An alert was not sent because it was addressed to somebody else than the owner.",
            remedy="This is a defect in Oopsee; please report it.",
        )


def _login(server: smtplib.SMTP, username: str, secret: str) -> None:
    """Log in. smtplib can only do so in ASCII; AUTH PLAIN itself is UTF-8 (RFC 4616 section 2)."""
    if username.isascii() and secret.isascii():
        server.login(username, secret)
        return
    response = b64encode(f"\0{username}\0{secret}".encode()).decode("ascii")
    code, words = server.docmd("AUTH", f"PLAIN {response}")
    if code != _AUTHENTICATED:
        raise smtplib.SMTPAuthenticationError(code, words)


def _decoded(challenge: bytes) -> bytes:
    try:
        return b64decode(challenge, validate=False)
    except binascii.Error:
        return b""


def _words(answer: bytes | str) -> str:
    """Give the server's own words; addresses are left out, because errors are logged."""
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return one_line(_ADDRESS.sub("(address)", text), 300)


def _reason(error: Exception) -> str:
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    if isinstance(error, TimeoutError) or "timed out" in text:  # smtplib keeps only the words
        return "no answer in time"
    return one_line(text, 300) or type(error).__name__
