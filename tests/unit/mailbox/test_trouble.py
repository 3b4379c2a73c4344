"""What goes wrong with a server, and the errors that people see."""

from __future__ import annotations

import imaplib
import socket
import ssl

import pytest

from scanner.errors import CertificateError, ConnectError, LoginError, ScannerError, ThrottledError
from scanner.mailbox import trouble

HOST = "imap.example.org"


def certificate_error(reason: str) -> ssl.SSLCertVerificationError:
    """What the ssl module raises."""
    error = ssl.SSLCertVerificationError(1, f"certificate verify failed: {reason}")
    error.verify_message = reason
    return error


@pytest.mark.parametrize(
    "said",
    [
        "[LIMIT] Maximum number of connections from user+IP exceeded (mail_max_userip_connections=10)",
        "[THROTTLED] Account exceeded command or bandwidth limits.",
        "[UNAVAILABLE] Temporary authentication failure.",
        "[INUSE] Mailbox in use.",
        "[ALERT] Too many simultaneous connections. (Failure)",
        "Account is temporarily unavailable",
        "Rate limit hit, slow down",
        "Server busy, please try again later",
        "[SERVERBUG] Internal error occurred. Refer to server log for more information.",
        "[AUTHENTICATIONFAILED] Too many login failures, wait a minute",
    ],
)
def test_throttling_is_never_called_a_wrong_password(said: str) -> None:
    """Words that ask for patience are retryable."""
    error = trouble.login_refused(HOST, "anna@example.org", said)

    assert isinstance(error, ThrottledError)
    assert said in str(error)


@pytest.mark.pitfall("gmail-imap-off")
@pytest.mark.parametrize(
    "said",
    [
        "[AUTHENTICATIONFAILED] Authentication failed.",
        "[AUTHENTICATIONFAILED] Invalid credentials (Failure)",
        "LOGIN failed.",
        "[EXPIRED] Password has expired",
        "[ALERT] Application-specific password required",
        "[AUTHORIZATIONFAILED] not allowed",
        "",
    ],
)
def test_a_refused_login_says_what_the_server_said(said: str) -> None:
    """A wrong password is permanent and names the user, the server and its words."""
    error = trouble.login_refused(HOST, "anna@example.org", said)

    assert isinstance(error, LoginError)
    assert not isinstance(error, ThrottledError)
    assert said in str(error)
    assert "anna@example.org" in str(error)
    assert "app password" in error.remedy
    assert "IMAP switched on" in error.remedy
    assert 3 == error.exit_code


@pytest.mark.parametrize(
    ("error", "kind", "part", "remedy"),
    [
        (socket.gaierror(-2, "Name or service not known"), ConnectError, "cannot be found", "typing mistake"),
        (ConnectionRefusedError(111, "refused"), ConnectError, "Nothing listens", "993"),
        (TimeoutError("timed out"), ConnectError, "did not answer in time", "firewall"),
        (OSError(101, "Network is unreachable"), ConnectError, "Network is unreachable", "network"),
        (ssl.SSLError(1, "wrong version number"), ConnectError, "No encrypted connection", "starttls"),
        (imaplib.IMAP4.error("b'* BYE [ALERT] Too many connections'"), ThrottledError, "come back later", ""),
        (imaplib.IMAP4.abort("socket error: EOF"), ConnectError, "did not greet", "security"),
        (certificate_error("self-signed certificate"), CertificateError, "self-signed", "ca_file"),
        (certificate_error("certificate has expired"), CertificateError, "expired", "clock"),
        (certificate_error("Hostname mismatch"), CertificateError, "another name than", "host name"),
        (certificate_error("certificate revoked"), CertificateError, "revoked", "Ask whoever"),
    ],
)
def test_why_no_connection_came_about(
    error: BaseException, kind: type[ScannerError], part: str, remedy: str
) -> None:
    """Each cause has its own error, sentence and remedy."""
    seen = trouble.cannot_connect(HOST, 993, error)

    assert kind is type(seen)
    assert HOST in str(seen)
    assert part in str(seen)
    assert remedy in seen.remedy
    assert seen.meaning
    assert 3 == seen.exit_code


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (TimeoutError("timed out"), ConnectError),
        (ConnectionResetError(104, "reset"), ConnectError),
        (imaplib.IMAP4.abort("socket error: EOF"), ConnectError),
        (imaplib.IMAP4.abort("BYE [THROTTLED] slow down"), ThrottledError),
        (imaplib.IMAP4.error("Tuple incomplete"), trouble.AnswerError),
        (ValueError("invalid literal"), trouble.AnswerError),
    ],
)
def test_a_line_that_breaks_is_retryable(error: BaseException, kind: type[ScannerError]) -> None:
    """A lost line, a plea for patience and nonsense are told apart."""
    seen = trouble.broke_off(HOST, "reading mail", error)

    assert kind is type(seen)
    assert seen.remedy


def test_a_fault_of_the_server_in_one_command_is_a_refusal_and_no_throttling() -> None:
    """One damaged message must not look like a server that wants to be left alone."""
    seen = trouble.refused(HOST, "reading mail", "[SERVERBUG] Internal error occurred.")

    assert trouble.RefusedError is type(seen)


def test_the_secret_never_stands_in_the_servers_words() -> None:
    """A server that echoes the password does not bring it into a log."""
    assert "bad password ***" == trouble.words("b'bad password hunter2'", "hunter2")


def test_the_servers_words_are_one_printable_short_line() -> None:
    """Control characters cannot write to the terminal, and a flood is cut."""
    said = trouble.words(b"a\x1b[31m\r\nb\x00" + b"x" * 1000)

    assert said.startswith("a [31m b x")
    assert said.isprintable()
    assert 300 == len(said)
