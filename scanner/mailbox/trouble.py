"""What goes wrong with a mail server, as the errors that people see: what, what it means, what to do."""

from __future__ import annotations

import imaplib
import re
import socket
import ssl

from scanner.errors import (
    CertificateError,
    ConnectError,
    LoginError,
    RetryableError,
    ScannerError,
    ThrottledError,
)


class RefusedError(RetryableError):
    """The mail server refused a command."""


class AnswerError(RetryableError):
    """The mail server's answer cannot be understood."""


# Response codes of RFC 5530 and RFC 9051 section 7.1, and the words that servers use without one.
_LATER = re.compile(
    r"\[(?:LIMIT|THROTTLED|UNAVAILABLE|INUSE)\b"
    r"|too many|throttl|rate limit|maximum number of connections|exceeded.{0,40}connection"
    r"|try again later|temporar(?:y|ily)|bandwidth limit|not available right now",
    re.IGNORECASE,
)
# These mean the login itself, whatever else the sentence says.
_CREDENTIALS = re.compile(
    r"\[(?:AUTHENTICATIONFAILED|AUTHORIZATIONFAILED|EXPIRED|PRIVACYREQUIRED|ALERT)\b", re.IGNORECASE
)
# The server's own failure; not a word about the password.
_OWN_FAULT = re.compile(r"\[SERVERBUG\b|internal (?:server )?error", re.IGNORECASE)
_HARD_LIMIT = re.compile(r"\[(?:LIMIT|THROTTLED|UNAVAILABLE|INUSE)\b|too many", re.IGNORECASE)

_NO_TLS = frozenset({"WRONG_VERSION_NUMBER", "UNKNOWN_PROTOCOL", "RECORD_LAYER_FAILURE", "HTTP_REQUEST"})
"""What OpenSSL says where the other side answers with something that is no TLS."""

# What a greeting that is no IMAP begins with, and whose it is.
_OTHERS = (
    (re.compile(r"220[ -]"), "a server that takes mail for sending (SMTP)"),
    (re.compile(r"HTTP/|<!?\w"), "a web server"),
    (re.compile(r"\+OK"), "a POP3 server"),
    (re.compile(r"SSH-"), "an SSH server"),
)

_UNREACHABLE: tuple[tuple[type[OSError], str, str], ...] = (
    (
        ssl.SSLError,
        "No encrypted connection (TLS) to {where} came about: {why}.",
        'Check port and security: 993 goes with security = "tls", 143 with security = "starttls".',
    ),
    (
        socket.gaierror,
        "The name {host} cannot be found.",
        "Check the host in the configuration for a typing mistake, and this machine's network.",
    ),
    (
        ConnectionRefusedError,
        "Nothing listens on {where}.",
        "Check host and port: 993 is usual for TLS, 143 for STARTTLS.",
    ),
    (
        TimeoutError,
        "{where} did not answer in time.",
        'Check host, port and security ("tls" goes with 993, "starttls" with 143), and the firewall.',
    ),
    (
        OSError,
        "{where} cannot be reached: {why}.",
        "Check the network of this machine and the host and port in the configuration.",
    ),
)


def words(error: BaseException | str | bytes, secret: str = "") -> str:
    """The server's own words in an error, printable, in one line, without the secret."""
    text = error if isinstance(error, str) else ""
    if isinstance(error, bytes):
        text = error.decode("utf-8", "replace")
    elif isinstance(error, BaseException):
        first = error.args[0] if error.args else ""
        text = first.decode("utf-8", "replace") if isinstance(first, bytes) else str(error)
    if (quoted := re.fullmatch(r"b(['\"])(.*)\1", text, re.DOTALL)) is not None:
        text = quoted[2]
    if secret:
        text = text.replace(secret, "***")
    text = "".join(letter if letter.isprintable() else " " for letter in text)
    return re.sub(r"\s+", " ", text).strip()[:300]


def is_throttling(text: str) -> bool:
    """Whether the server's words ask to come back later rather than say 'no'."""
    if _HARD_LIMIT.search(text):
        return True
    return bool(_LATER.search(text)) and not _CREDENTIALS.search(text)


def throttled(host: str, said: str) -> ThrottledError:
    """The server asks for patience."""
    return ThrottledError(
        f"{host} asks to come back later. It said: {said}",
        remedy="It is tried again by itself. Close other programs that use this mailbox if there are many.",
    )


def login_refused(host: str, username: str, said: str) -> ScannerError:
    """A refused login, or throttling that looks like one."""
    if is_throttling(said) or _OWN_FAULT.search(said):
        return throttled(host, said)
    return LoginError(
        f"{host} refused the login of {username}. It said: {said or 'nothing'}",
        remedy=(
            "Check the user name and the password or the command that prints it; many providers want an "
            "app password for IMAP, and some want IMAP switched on in the account's settings first."
        ),
    )


def cannot_connect(host: str, port: int, error: BaseException) -> ScannerError:
    """Why no connection came about."""
    where = f"{host} port {port}"
    said = words(error)
    if isinstance(error, ssl.SSLCertVerificationError):
        return _certificate(host, error)
    if isinstance(error, OSError):
        for kind, what, remedy in _UNREACHABLE:
            if isinstance(error, kind):
                why = getattr(error, "reason", None) or error.strerror or said
                if why in _NO_TLS:
                    why = "what answers there is not encrypted from the start"
                return ConnectError(what.format(host=host, where=where, why=why), remedy=remedy)
    if is_throttling(said):
        return throttled(host, said)
    greeting = _GREETING.sub(r"\2", said)
    for pattern, other in _OTHERS:
        if pattern.match(greeting):
            return ConnectError(
                f"What answers at {where} is {other}, not an IMAP server. It said: {greeting}",
                remedy="Set host and port to those of the IMAP server, usually 993.",
            )
    return ConnectError(
        f"{where} did not greet as an IMAP server does. It said: {greeting or 'nothing, and hung up'}",
        remedy="Check that host and port belong to an IMAP server and that security fits the port.",
    )


_GREETING = re.compile(r"^unexpected response: b(['\"])(.*)\1$", re.DOTALL)


def no_starttls(host: str, port: int) -> ConnectError:
    """The server does not offer the encryption that is wanted."""
    return ConnectError(
        f"{host} port {port} does not offer STARTTLS.",
        meaning="Neither the password nor any mail went over the line. Sent mail is not watched.",
        remedy=(
            'Use security = "tls" with port 993 if the server has it. If it always offered STARTTLS until '
            "now, somebody on the network may be taking the offer away."
        ),
    )


def needs_encryption(host: str) -> LoginError:
    """The server takes no login in cleartext."""
    return LoginError(
        f"{host} takes no login over an unencrypted line.",
        meaning="The password was not sent. Sent mail is not watched.",
        remedy='Use security = "tls" (port 993) or security = "starttls" (port 143).',
    )


# What imaplib and IMAPClient say where the server has hung up, by name of the command or without.
_HUNG_UP = re.compile(r"^(?:command: \S+ => )?(?:socket error: EOF|EOF)$")


def broke_off(host: str, doing: str, error: BaseException) -> ScannerError:
    """A line that was lost, or an answer that cannot be read, while `doing` something."""
    said = _HUNG_UP.sub("", words(error))
    if isinstance(error, TimeoutError):
        return ConnectError(f"{host} stopped answering while {doing}.", remedy="It is tried again by itself.")
    if is_throttling(said):
        return throttled(host, said)
    if isinstance(error, (OSError, imaplib.IMAP4.abort)):
        return ConnectError(
            f"The line to {host} was lost while {doing}: {said or 'it was closed'}.",
            remedy="It is tried again by itself.",
        )
    return AnswerError(
        f"The answer of {host} cannot be understood while {doing}: {said}.",
        remedy="It is tried again by itself; if it stays, please report it with the server's name.",
    )


def refused(host: str, doing: str, said: str) -> ScannerError:
    """A command that the server answered with NO or BAD."""
    if is_throttling(said):
        return throttled(host, said)
    if "authenticated but not connected" in said.lower():  # Exchange, also when it is ill
        return RefusedError(
            f"{host} knows the account, but does not let it into the mailbox. It said: {said}",
            remedy=(
                "If it stays: set username to the address of the mailbox, and let the account or the "
                "application into it (Add-MailboxPermission, for applications after New-ServicePrincipal)."
            ),
        )
    return RefusedError(
        f"{host} refused while {doing}. It said: {said}",
        remedy="See what the server says; it is tried again by itself.",
    )


def _certificate(host: str, error: ssl.SSLCertVerificationError) -> CertificateError:
    reason = (error.verify_message or words(error)).rstrip(".")
    lower = reason.lower()
    if "self-signed" in lower or "self signed" in lower or "unable to get" in lower:
        remedy = (
            "If this is your own server, set ca_file to the file with its certificate or that of your "
            "authority. If it is a provider's, do not go on: somebody may stand between."
        )
    elif "hostname" in lower or "ip address" in lower:
        reason = f"it is for another name than {host}"
        remedy = "Use the host name that stands in the certificate, as the provider's manual gives it."
    elif "expired" in lower or "not yet valid" in lower:
        remedy = "Check the clock of this machine; else whoever runs the server must renew the certificate."
    else:
        remedy = "Ask whoever runs the server, or set ca_file if it has an authority of its own."
    return CertificateError(f"The certificate of {host} was refused: {reason}.", remedy=remedy)
