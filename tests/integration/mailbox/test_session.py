"""Connecting and logging in against a real Dovecot, and everything that can go wrong with it."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from pathlib import Path

import pytest

from scanner.errors import (
    CertificateError,
    ConfigError,
    ConnectError,
    FolderError,
    LoginError,
    ThrottledError,
)
from scanner.mailbox.folders import discover
from scanner.mailbox.imap import ImapEndpoint, Session
from tests.dovecot import PASSWORD, Account, Dovecot
from tests.fake_imap import Answer, FakeImap, slipping_in


def connect(endpoint: ImapEndpoint) -> Session:
    """A session that the caller closes."""
    session = Session(endpoint, clock=time.monotonic)
    session.connect()
    return session


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_mail_is_read_over_tls_with_ones_own_authority(dovecot: Account, security: str) -> None:
    """Implicit TLS and STARTTLS both work against a certificate that ca_file vouches for."""
    server = dovecot.server
    port = server.tls_port if security == "tls" else server.port
    endpoint = dovecot.endpoint(port=port, security=security, ca_file=server.certificate)

    with Session(endpoint, clock=time.monotonic) as session:
        assert "TLS" in str(getattr(session.line.sock, "version", lambda: "none")())
        assert ("Sent",) == discover(session).sent


def test_a_certificate_that_nobody_vouches_for_is_refused(dovecot: Account) -> None:
    """A self-signed certificate without ca_file ends before anything is sent."""
    with pytest.raises(CertificateError, match="self-signed") as caught:
        connect(dovecot.endpoint(port=dovecot.server.tls_port, security="tls"))

    assert "ca_file" in caught.value.remedy


def test_starttls_refuses_the_certificate_too(dovecot: Account) -> None:
    """The check is the same whichever way TLS begins; the password is not asked for."""
    asked: list[str] = []

    def secret() -> str:
        asked.append("password")
        return PASSWORD

    with pytest.raises(CertificateError):
        connect(dovecot.endpoint(security="starttls", secret=secret))

    assert not asked


def test_a_certificate_for_another_name_is_refused() -> None:
    """The host name is checked, also where the authority is trusted."""
    with Dovecot(tls=True, users=["anna"], certificate_names=["mail.example.org"]) as server:
        account = Account(server, "anna")
        endpoint = account.endpoint(port=server.tls_port, security="tls", ca_file=server.certificate)
        with pytest.raises(CertificateError, match="localhost") as caught:
            connect(endpoint)

    assert "host name" in caught.value.remedy


@pytest.mark.pitfall("dovecot-cleartext")
def test_starttls_that_is_not_offered_ends_before_the_login() -> None:
    """Without encryption no password goes over the line."""
    asked: list[str] = []

    def secret() -> str:
        asked.append("password")
        return PASSWORD

    with Dovecot(users=["anna"]) as server:
        endpoint = Account(server, "anna").endpoint(security="starttls", secret=secret)
        with pytest.raises(ConnectError, match="does not offer STARTTLS"):
            connect(endpoint)

    assert not asked


def test_cleartext_is_never_used_unless_said_in_words(dovecot: Account) -> None:
    """Any other word for security is a mistake in the configuration, not a fallback."""
    with pytest.raises(ConfigError, match="no kind of security"):
        Session(dovecot.endpoint(security="none"), clock=time.monotonic)


def test_a_server_that_wants_encryption_gets_no_password() -> None:
    """LOGINDISABLED is understood before the password is sent."""
    with FakeImap(lambda _name, _rest: "usual", capabilities="IMAP4rev1 LOGINDISABLED") as server:
        endpoint = ImapEndpoint("localhost", server.port, "anna", lambda: "s3cret", "cleartext")
        with pytest.raises(LoginError, match="unencrypted"):
            connect(endpoint)

    assert not [command for command in server.commands if "s3cret" in command]


def test_a_missing_certificate_file_is_a_mistake_in_the_configuration(
    dovecot: Account, tmp_path: Path
) -> None:
    """The file is named."""
    missing = tmp_path / "ca.pem"
    with pytest.raises(ConfigError, match=r"ca\.pem cannot be used"):
        connect(dovecot.endpoint(port=dovecot.server.tls_port, security="tls", ca_file=missing))


def test_a_wrong_password_is_a_login_error_in_the_servers_words(dovecot: Account) -> None:
    """The words are the server's; the password is not among them."""
    with pytest.raises(LoginError, match="AUTHENTICATIONFAILED") as caught:
        connect(dovecot.endpoint(secret=lambda: "wrong-s3cret"))

    assert "wrong-s3cret" not in str(caught.value)
    assert dovecot.user in str(caught.value)
    assert 3 == caught.value.exit_code


@pytest.mark.pitfall("offlineimap-536-asked")
def test_the_password_is_asked_for_at_every_login(dovecot: Account) -> None:
    """A password that was changed meanwhile is used at the next login."""
    answers = iter(["old", PASSWORD])
    session = Session(dovecot.endpoint(secret=lambda: next(answers)), clock=time.monotonic)
    with pytest.raises(LoginError):
        session.connect()

    session.connect()

    assert session.connected
    session.close()


@pytest.mark.parametrize("password", ["plain", 'quo"te\\back', "pässwörd ü", "şifre 密码"])
def test_any_letters_may_stand_in_a_password(dovecot: Account, password: str) -> None:
    """Quotes, accents and other scripts go through unharmed."""
    user = dovecot.server.add_user(f"letters{abs(hash(password))}@example.org", password)

    with Session(dovecot.endpoint(username=user, secret=lambda: password), clock=time.monotonic) as session:
        assert 0 == session.status("INBOX").exists


def test_an_unknown_host_is_named(dovecot: Account) -> None:
    """The sentence says that the name cannot be found."""
    with pytest.raises(ConnectError, match=r"The name imap\.invalid cannot be found"):
        connect(dovecot.endpoint(host="imap.invalid"))


def test_a_closed_port_is_named(dovecot: Account) -> None:
    """The sentence says that nothing listens there."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(ConnectError, match=f"Nothing listens on localhost port {port}"):
            connect(dovecot.endpoint(port=port))


def test_tls_to_a_port_without_it_says_so(dovecot: Account) -> None:
    """The remedy names which port goes with which security."""
    with pytest.raises(ConnectError, match="No encrypted connection") as caught:
        connect(dovecot.endpoint(security="tls"))

    assert "993" in caught.value.remedy


@pytest.mark.pitfall("imapsync-61-limit")
def test_one_connection_too_many_is_throttling_and_not_a_wrong_password() -> None:
    """Dovecot's [LIMIT] answer to a login means: later."""
    with Dovecot(users=["anna"], max_connections=2) as server, contextlib.ExitStack() as lines:
        account = Account(server, "anna")
        for _ in range(2):
            lines.callback(connect(account.endpoint()).close)
        with pytest.raises(ThrottledError, match="later"):
            connect(account.endpoint())


def test_after_a_restart_of_the_server_the_session_connects_anew() -> None:
    """A killed server is a `ConnectError`; the socket is dropped, and `connect` starts over."""
    with Dovecot(users=["anna"]) as server:
        session = connect(Account(server, "anna").endpoint())
        server.restart()
        with pytest.raises(ConnectError, match="lost"):
            session.noop()
        dropped = not session.connected

        session.connect()

        assert dropped
        assert 0 == session.examine("Sent").exists
        session.close()


@pytest.mark.pitfall("imapclient-timeout")
def test_a_server_that_falls_silent_is_given_up_after_the_timeout() -> None:
    """No answer within the timeout is a lost line; closing does not wait for a good-bye."""
    with FakeImap(lambda name, _rest: None if name == "LOGIN" else "usual") as server:
        endpoint = ImapEndpoint("localhost", server.port, "anna", lambda: "x", "cleartext", timeout=0.3)
        with pytest.raises(ConnectError, match="stopped answering while logging in"):
            connect(endpoint)


@pytest.mark.parametrize("security", ["cleartext", "tls", "starttls"])
def test_a_command_that_waits_is_ended_from_another_thread(dovecot: Account, security: str) -> None:
    """`drop` hangs up under a thread that waits for the server, over TLS too."""
    server = dovecot.server
    port = server.tls_port if security == "tls" else server.port
    session = connect(dovecot.endpoint(port=port, security=security, ca_file=server.certificate, timeout=60))
    errors: list[BaseException] = []

    def wait_for_nothing() -> None:
        try:
            with session.idling("waiting"):
                session.line.read_idle()
        except ConnectError as error:
            errors.append(error)

    thread = threading.Thread(target=wait_for_nothing)
    thread.start()
    time.sleep(0.1)
    session.drop()
    thread.join(1.0)

    assert not thread.is_alive()
    assert 1 == len(errors)
    assert not session.connected


def test_a_greeting_that_asks_for_patience_is_throttling() -> None:
    """A server that is too busy even to greet is not an unknown server."""
    with FakeImap(lambda _name, _rest: None, greeting=b"* BYE [ALERT] Too many connections") as server:
        endpoint = ImapEndpoint("localhost", server.port, "anna", lambda: "x", "cleartext")
        with pytest.raises(ThrottledError, match="Too many connections"):
            connect(endpoint)


def test_a_secret_that_the_server_echoes_is_not_repeated() -> None:
    """The server's words are shown without the password in them."""
    refusal: Answer = ([], b"NO wrong password s3cret for anna")
    with FakeImap(lambda name, _rest: refusal if name == "LOGIN" else "usual") as server:
        endpoint = ImapEndpoint("localhost", server.port, "anna", lambda: "s3cret", "cleartext")
        with pytest.raises(LoginError, match=r"wrong password \*\*\* for anna") as caught:
            connect(endpoint)

    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_words_slipped_in_before_starttls_are_not_believed() -> None:
    """Answers sent in cleartext behind the server's OK to STARTTLS are thrown away with the cleartext."""
    with (
        Dovecot(tls=True, users=["anna"]) as server,
        slipping_in(server.port, b"* CAPABILITY EVIL\r\n") as port,
    ):
        account = Account(server, "anna")
        endpoint = account.endpoint(port=port, security="starttls", ca_file=server.certificate)
        with Session(endpoint, clock=time.monotonic) as session:
            assert not session.has("EVIL")
            assert ("Sent",) == discover(session).sent


@pytest.mark.pitfall("paynani-37")
def test_the_last_answer_and_the_round_trips_are_known(dovecot: Account) -> None:
    """The age of the last answer is in the caller's own clock; every command counts."""
    moments = iter(range(1000))
    session = Session(dovecot.endpoint(), clock=lambda: float(next(moments)))
    before = session.answered_at
    session.connect()
    at_login, trips = session.answered_at, session.round_trips

    session.noop()

    at_noop = session.answered_at
    session.close()
    assert before is None
    assert 0 <= (at_login or -1) < (at_noop or -1) <= (session.answered_at or -1)
    assert trips + 2 == session.round_trips, "NOOP and LOGOUT"


def test_a_missing_folder_is_named(session: Session) -> None:
    """EXAMINE and STATUS of nothing are folder errors in the server's words."""
    with pytest.raises(FolderError, match="The folder Nowhere cannot be opened"):
        session.examine("Nowhere")
    with pytest.raises(FolderError, match="The folder Nowhere cannot be opened"):
        session.status("Nowhere")


def test_folders_with_names_in_any_script_are_opened(dovecot: Account, session: Session) -> None:
    """Modified UTF-7 stays on the wire."""
    dovecot.server.create(dovecot.user, "G&APY-nderilmi&AV8-")
    dovecot.append("G&APY-nderilmi&AV8-", b"From: anna@example.org\r\n\r\nx\r\n")

    assert "Gönderilmiş" in [folder.name for folder in session.listing()]
    assert 1 == session.examine("Gönderilmiş").exists


def discovered(server: Dovecot, configured: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The Sent folders of the user anna."""
    with Session(Account(server, "anna").endpoint(), clock=time.monotonic) as session:
        return discover(session, configured).sent


def test_folders_are_discovered_without_special_use() -> None:
    """Where the server names no purposes, names decide; several may be Sent folders."""
    with Dovecot(users=["anna"], folders=["Sent Items", "Gesendet", "Work"], special_use=False) as server:
        assert ["Gesendet", "Sent Items"] == sorted(discovered(server))


def test_folders_are_discovered_below_inbox() -> None:
    """A dot as delimiter and no purposes: INBOX.Sent is found."""
    with Dovecot(users=["anna"], folders=["INBOX.Sent"], special_use=False, separator=".") as server:
        assert ("INBOX.Sent",) == discovered(server)


@pytest.mark.pitfall("hmailserver-534")
def test_a_mailbox_without_a_sent_folder_fails_loudly() -> None:
    """The folder list is in the error; the setting helps."""
    with Dovecot(users=["anna"], folders=["Ausgang"], special_use=False) as server:
        with pytest.raises(FolderError, match="Ausgang, INBOX"):
            discovered(server)

        assert ("Ausgang",) == discovered(server, ("Ausgang",))
