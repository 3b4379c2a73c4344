"""One contract for all ways of delivery, then what is special to SMTP."""

from __future__ import annotations

import io
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest

from scanner.alert import compose
from scanner.alert.deliver import (
    AppendDelivery,
    ConsoleDelivery,
    Delivery,
    DeliveryRefusedError,
    SmtpDelivery,
)
from scanner.errors import (
    CertificateError,
    ConfigError,
    ConnectError,
    DeliveryError,
    FolderError,
    LoginError,
    PermanentError,
    ScannerError,
)
from scanner.message.model import Person
from tests.unit.alert.samples import ALERT_ID, ANNA, NOW, OWNER, alert, verdict
from tests.unit.alert.servers import HOST, PASSWORD, USERNAME, Post, certificate, smtp


@dataclass
class Rig:
    """A way of delivery, how to see what arrived, and how to bring the other side down and up."""

    delivery: Delivery
    arrived: Callable[[], int]
    down: Callable[[], object]
    up: Callable[[], object]


@dataclass
class _Folder:
    """An INBOX behind two callables."""

    messages: list[bytes] = field(default_factory=list)
    moments: list[datetime | None] = field(default_factory=list)
    trouble: Exception | None = None
    loses_the_answer: bool = False

    def append(self, raw: bytes, when: datetime | None) -> None:
        self._check()
        self.messages.append(raw)
        self.moments.append(when)
        if self.loses_the_answer:
            raise ConnectionResetError(104, "Connection reset by peer")

    def find(self, message_id: str) -> bool:
        self._check()
        return any(f"Message-ID: {message_id}\r\n".encode() in raw for raw in self.messages)

    def _check(self) -> None:
        if self.trouble is not None:
            raise self.trouble


def _smtp_rig(stack: ExitStack) -> Rig:
    post = Post()
    port = stack.enter_context(smtp(post))
    delivery = SmtpDelivery(host=HOST, port=port, owner=OWNER.address, security="cleartext", timeout=5)

    def down() -> None:
        post.replies["MAIL"] = "451 4.3.0 try later"

    return Rig(delivery, lambda: len(post.arrived), down, post.replies.clear)


def _append_rig(_stack: ExitStack) -> Rig:
    folder = _Folder()

    def down() -> None:
        folder.trouble = ConnectError()

    def up() -> None:
        folder.trouble = None

    return Rig(AppendDelivery(folder.append, folder.find), lambda: len(folder.messages), down, up)


def _console_rig(_stack: ExitStack) -> Rig:
    class Screen(io.StringIO):
        broken = False

        def write(self, text: str) -> int:
            if self.broken:
                raise BrokenPipeError(32, "Broken pipe")
            return super().write(text)

    screen = Screen()
    return Rig(
        ConsoleDelivery(screen),
        lambda: screen.getvalue().count("Message-ID: <oopsee."),
        lambda: setattr(screen, "broken", True),
        lambda: setattr(screen, "broken", False),
    )


@pytest.fixture(params=[_smtp_rig, _append_rig, _console_rig], ids=["smtp", "append", "console"])
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    """Each way of delivery in turn."""
    with ExitStack() as stack:
        made: Rig = request.param(stack)
        yield made


def test_what_is_delivered_has_arrived(rig: Rig) -> None:
    """When the call returns, the mail is there, once."""
    rig.delivery.deliver(alert(ANNA), ALERT_ID)
    assert 1 == rig.arrived()


def test_trouble_is_told_as_retryable_and_passes(rig: Rig) -> None:
    """While the other side is down, DeliveryError with a remedy; afterwards all is well."""
    rig.down()
    with pytest.raises(DeliveryError) as caught:
        rig.delivery.deliver(alert(ANNA), ALERT_ID, repeat=False)
    assert caught.value.remedy
    assert caught.value.meaning
    assert "\n" not in str(caught.value)
    assert 0 == rig.arrived()
    rig.up()
    rig.delivery.deliver(alert(ANNA), ALERT_ID, repeat=True)
    assert 1 == rig.arrived()


def test_two_alerts_are_two(rig: Rig) -> None:
    """Different Message-IDs are different mails."""
    other = compose.alert(verdict(ANNA), owner=OWNER, now=NOW, message_id="<oopsee.other@firm.example>")
    rig.delivery.deliver(other, "<oopsee.other@firm.example>")
    rig.delivery.deliver(alert(ANNA), ALERT_ID)
    assert 2 == rig.arrived()


def test_append_is_exactly_once_when_the_answer_is_lost() -> None:
    """The mail was filed, the line broke, nobody knew: the repeat finds it and files nothing."""
    folder = _Folder(loses_the_answer=True)
    delivery = AppendDelivery(folder.append, folder.find, clock=lambda: NOW)
    with pytest.raises(DeliveryError):
        delivery.deliver(alert(ANNA), ALERT_ID, repeat=False)
    folder.loses_the_answer = False
    delivery.deliver(alert(ANNA), ALERT_ID)
    assert [alert(ANNA)] == folder.messages
    assert [NOW] == folder.moments


def test_append_lets_permanent_trouble_through() -> None:
    """A folder that is not there does not become a reason to try again."""
    folder = _Folder(trouble=FolderError("No INBOX.", remedy="Name it."))
    with pytest.raises(FolderError):
        AppendDelivery(folder.append, folder.find).deliver(alert(ANNA), ALERT_ID)


def test_the_console_shows_the_words_and_no_escapes() -> None:
    """What a person reads in the terminal is the text part."""
    screen = io.StringIO()
    ConsoleDelivery(screen).deliver(alert(ANNA, subject="\x1b[2JQ3"), ALERT_ID)
    assert "Subject: Did “[2JQ3” go to the right person?" in screen.getvalue()
    assert "Both are called Anna." in screen.getvalue()
    assert "\x1b" not in screen.getvalue()
    screen.close()
    with pytest.raises(DeliveryError):
        ConsoleDelivery(screen).deliver(alert(ANNA), ALERT_ID)


def test_smtp_goes_from_the_owner_to_the_owner_octet_by_octet() -> None:
    """The envelope names nobody else, and the mail arrives as it was composed."""
    post = Post()
    with smtp(post) as port:
        SmtpDelivery(host=HOST, port=port, owner=OWNER.address, security="cleartext").deliver(
            alert(ANNA), ALERT_ID
        )
    assert [(OWNER.address, [OWNER.address])] == post.envelopes
    assert [alert(ANNA)] == post.arrived


def test_an_internationalised_owner_is_written_to() -> None:
    """Letters outside ASCII in the address go by SMTPUTF8 (RFC 6531)."""
    owner = Person("", "j\u00f6rg@firm.example")
    raw = compose.alert(verdict(ANNA), owner=owner, now=NOW, message_id=ALERT_ID)
    post = Post()
    with smtp(post) as port:
        SmtpDelivery(host=HOST, port=port, owner=owner.address, security="cleartext").deliver(raw, ALERT_ID)
    assert [(owner.address, [owner.address])] == post.envelopes


@pytest.mark.parametrize(
    "head",
    [
        b"To: <other@acme.example>",
        b"To: <maria@firm.example>\r\nCc: <other@acme.example>",
        b"To: <maria@firm.example>\r\nBcc: <other@acme.example>",
        b"To: <maria@firm.example>, <other@acme.example>",
        b"To: <maria@firm.example>\r\nResent-To: <other@acme.example>",
        b"Subject: nobody",
    ],
)
def test_smtp_refuses_every_other_recipient_before_it_connects(head: bytes) -> None:
    """Whatever a defect elsewhere composes, nobody but the owner is written to."""
    delivery = SmtpDelivery(host=HOST, port=1, owner=OWNER.address)
    with pytest.raises(DeliveryRefusedError, match="somebody else"):
        delivery.deliver(head + b"\r\n\r\ntext\r\n", ALERT_ID)


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        ("450 4.2.0 <maria@firm.example> greylisted", DeliveryError),
        ("550 5.7.1 <maria@firm.example> no", PermanentError),
    ],
)
def test_the_servers_answer_says_whether_to_try_again(
    command: str, reply: str, kind: type[ScannerError]
) -> None:
    """4xx is for now, 5xx for good; the server's words are told, the address in them is not."""
    post = Post()
    post.replies[command] = reply
    with smtp(post) as port:
        delivery = SmtpDelivery(host=HOST, port=port, owner=OWNER.address, security="cleartext")
        with pytest.raises(kind) as caught:
            delivery.deliver(alert(ANNA), ALERT_ID)
    assert reply.rsplit(maxsplit=1)[-1] in str(caught.value)
    assert "@" not in str(caught.value)
    assert caught.value.remedy
    assert [] == post.arrived


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_login_and_sending_are_encrypted(security: str, tmp_path: Path) -> None:
    """Implicit TLS and STARTTLS work with one's own authority and a password of any letters."""
    authority, context = certificate(tmp_path)
    post = Post()
    served = {"tls" if security == "tls" else "starttls": context}
    with smtp(post, auth=security == "starttls", **served) as port:  # type: ignore[arg-type]  # one of the two
        delivery = SmtpDelivery(
            host=HOST,
            port=port,
            owner=OWNER.address,
            security=security,  # type: ignore[arg-type]  # pytest's parameters are plain text
            username=USERNAME if security == "starttls" else "",
            secret=lambda: PASSWORD,
            ca_file=authority,
            timeout=5,
        )
        delivery.check()
        assert [] == post.arrived
        delivery.deliver(alert(ANNA), ALERT_ID)
    assert [alert(ANNA)] == post.arrived
    assert ([(USERNAME, PASSWORD)] * 2 if security == "starttls" else []) == post.logins


@pytest.mark.parametrize("password", ["wrong", "wr\u00f6ng"])
@pytest.mark.parametrize(
    ("reply", "kind"),
    [(None, LoginError), ("454 4.7.0 temporary", DeliveryError)],
    ids=["refused", "temporary"],
)
def test_a_refused_login_is_told_with_a_remedy(
    tmp_path: Path, password: str, reply: str | None, kind: type[ScannerError]
) -> None:
    """The password is asked anew at every login and is not in the error."""
    authority, context = certificate(tmp_path)
    post = Post()
    post.login_reply = reply
    asked: list[str] = []

    def secret() -> str:
        asked.append(password)
        return password

    with smtp(post, starttls=context, auth=True) as port:
        delivery = SmtpDelivery(
            host=HOST,
            port=port,
            owner=OWNER.address,
            security="starttls",
            username=USERNAME,
            secret=secret,
            ca_file=authority,
            timeout=5,
        )
        for _ in range(2):
            with pytest.raises(kind) as caught:
                delivery.deliver(alert(ANNA), ALERT_ID)
    assert caught.value.remedy
    assert password not in str(caught.value)
    assert 2 == len(asked)


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_an_unknown_certificate_is_refused_before_anything_is_said(security: str, tmp_path: Path) -> None:
    """Neither password nor mail goes to a server whose certificate nobody vouches for."""
    _, context = certificate(tmp_path)
    post = Post()
    served = {"tls" if security == "tls" else "starttls": context}
    with smtp(post, **served) as port:  # type: ignore[arg-type]  # one of the two
        delivery = SmtpDelivery(
            host=HOST,
            port=port,
            owner=OWNER.address,
            security=security,  # type: ignore[arg-type]  # pytest's parameters are plain text
            username=USERNAME,
            secret=lambda: pytest.fail("the password was asked for"),
            timeout=5,
        )
        with pytest.raises(CertificateError) as caught:
            delivery.deliver(alert(ANNA), ALERT_ID)
    assert "ca_file" in caught.value.remedy
    assert [] == post.arrived


def test_a_server_without_starttls_gets_nothing() -> None:
    """STARTTLS that was asked for is never skipped."""
    post = Post()
    with smtp(post) as port:
        delivery = SmtpDelivery(host=HOST, port=port, owner=OWNER.address, security="starttls")
        with pytest.raises(DeliveryRefusedError, match="STARTTLS") as caught:
            delivery.deliver(alert(ANNA), ALERT_ID)
    assert 'security = "tls"' in caught.value.remedy
    assert [] == post.arrived


def test_a_broken_authority_file_is_a_matter_of_configuration(tmp_path: Path) -> None:
    """The error names the file, whether it is missing or holds no certificate."""
    (tmp_path / "empty.pem").write_text("nothing")
    for name in ("empty.pem", "missing.pem"):
        delivery = SmtpDelivery(
            host=HOST, port=1, owner=OWNER.address, security="tls", ca_file=tmp_path / name
        )
        with pytest.raises(ConfigError, match=name):
            delivery.deliver(alert(ANNA), ALERT_ID)


def _answers(listener: socket.socket, said: bytes) -> None:
    connection, _ = listener.accept()
    with connection:
        connection.sendall(said)


@pytest.mark.parametrize(
    "said",
    [b"", b"220 hello\r\n", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\xff\xfe\x00\r\n", b"421 too busy\r\n"],
)
def test_a_server_that_hangs_up_or_talks_nonsense_is_tried_again(said: bytes) -> None:
    """No traceback, whatever comes over the line."""
    with socket.create_server((HOST, 0)) as listener:
        thread = threading.Thread(target=_answers, args=(listener, said))
        thread.start()
        delivery = SmtpDelivery(
            host=HOST, port=listener.getsockname()[1], owner=OWNER.address, security="cleartext", timeout=5
        )
        with pytest.raises(DeliveryError):
            delivery.deliver(alert(ANNA), ALERT_ID)
        thread.join()


def test_a_server_that_is_not_there_or_silent_is_tried_again() -> None:
    """A closed port, an unknown name and no answer in time are all for later."""
    with socket.create_server((HOST, 0)) as listener:
        port = listener.getsockname()[1]
        silent = SmtpDelivery(host=HOST, port=port, owner=OWNER.address, security="cleartext", timeout=0.2)
        with pytest.raises(DeliveryError, match="no answer in time"):
            silent.deliver(alert(ANNA), ALERT_ID)
    for host in (HOST, "nowhere.invalid"):
        delivery = SmtpDelivery(host=host, port=port, owner=OWNER.address, security="tls", timeout=2)
        with pytest.raises(DeliveryError, match="cannot be reached"):
            delivery.deliver(alert(ANNA), ALERT_ID)


def test_tls_to_a_port_that_speaks_none_is_told() -> None:
    """Implicit TLS against a cleartext port ends in a sentence."""
    with smtp(Post()) as port:
        delivery = SmtpDelivery(host=HOST, port=port, owner=OWNER.address, security="tls", timeout=5)
        with pytest.raises(DeliveryError, match="cannot be reached"):
            delivery.deliver(alert(ANNA), ALERT_ID)
