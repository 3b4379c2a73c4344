"""`oopsee check`, `run` and `status` on a real server, and what they say when something is wrong."""

from __future__ import annotations

import json
import resource
import socket
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from scanner.store import Store
from tests.acceptance.conftest import WRONG, Home
from tests.benchmarks.mailbox import OWNER as MAILBOX_OWNER
from tests.benchmarks.mailbox import mails
from tests.dovecot import Dovecot, free_port
from tests.integration.daemon.harness import alerts, learnt, until
from tests.people import OWNER, raw_mail


def begun(home: Home) -> bool:
    """Whether the daemon has read the past."""
    database = home.state / "oopsee.db"
    if not database.exists():
        return False
    with Store.open(database) as store:
        return learnt(store.mailbox("work"))


def test_check_goes_through_everything(home: Home) -> None:
    """Each step is named and goes well; nothing is written to the mailbox."""
    before = home.account.server.state(home.account.user)
    done = home.oopsee("check")

    assert 0 == done.returncode, done.stdout + done.stderr
    for step in ("configuration", "state", "model", "connection and login", "folders", "delivery"):
        assert f"{step}:" in done.stdout
    assert "FAIL" not in done.stdout
    assert before == home.account.server.state(home.account.user)


@pytest.mark.pitfall("gmail-folder-size")
def test_check_says_that_a_limit_may_hide_mail(home: Home) -> None:
    """Exactly a thousand messages are what a provider's limit on folder sizes leaves to see."""
    home.account.append("Sent", *(raw_mail(number) for number in range(1, 1001)))
    said = " ".join(home.oopsee("check").stdout.split())

    assert "Sent (1000 messages)" in said
    assert "Sent may hold more: a limit on folder sizes" in said


def test_a_misdirected_mail_is_alerted_explained_labelled(home: Home) -> None:
    """The whole way with the commands alone; after 'fine', the same mistake is passed over."""
    for number in range(1, 6):
        home.account.append("Sent", raw_mail(number))
    with home.running():
        until(lambda: begun(home))
        home.account.append("Sent", raw_mail(10, to=[WRONG], date=datetime.now(UTC)))
        until(lambda: alerts(home.account))
    explained = home.oopsee("explain", "000010@firm.example")
    labelled = home.oopsee("label", "<000010@firm.example>", "wrong", "--recipient", WRONG)
    status = json.loads(home.oopsee("status", "--json").stdout)

    assert b"In-Reply-To: <000010@firm.example>" in alerts(home.account)[0]
    assert 0 == explained.returncode, explained.stderr
    assert WRONG in explained.stdout
    assert 0 == labelled.returncode, labelled.stderr
    assert (6, 1, 1) == (status["sent"], status["alerts"]["delivered"], status["labels"])
    assert "watched" in home.oopsee("status").stdout


def test_the_log_of_a_run_names_nobody(home: Home) -> None:
    """Neither addresses nor subjects are in what the daemon says, on standard error alone."""
    process = subprocess.Popen(
        [sys.executable, "-m", "scanner", "run"],
        env=home.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    until(lambda: begun(home))
    home.account.append("Sent", raw_mail(1, to=[WRONG], subject="Confidential", date=datetime.now(UTC)))
    until(lambda: alerts(home.account))
    process.terminate()
    out, said = process.communicate(timeout=5)
    events = [json.loads(line)["event"] for line in said.splitlines()]

    assert "" == out
    assert {"watching", "alerted", "delivered", "stopped"} <= set(events)
    for word in (OWNER, WRONG, "Confidential", home.account.user):
        assert word not in said


def test_a_stop_in_the_middle_of_the_past_loses_nothing(home: Home) -> None:
    """Learning goes on where it was; every message is scored or learnt once."""
    every = list(mails(1500, people=80))
    for folder in ("Sent", "INBOX"):
        home.account.append(folder, *(mail.raw for mail in every if mail.folder == folder))
    home.write(owner=MAILBOX_OWNER[1])
    with home.running():
        until(lambda: (home.state / "oopsee.db").exists() and seen(home) > 200)
    stopped = seen(home)
    with home.running():
        until(lambda: begun(home))

    assert stopped < len(every)
    assert len(every) == seen(home)
    with Store.open(home.state / "oopsee.db") as store:
        scored = [one.verdict.message_id for one in store.mailbox("work").verdicts()]
    assert sorted(mail.message_id for mail in every if mail.folder == "Sent") == sorted(scored)


def seen(home: Home) -> int:
    """How many messages are recorded."""
    with Store.open(home.state / "oopsee.db") as store:
        status = store.mailbox("work").status()
    return status.sent + status.received


def test_alerts_can_be_printed(home: Home) -> None:
    """With delivery to the console, the alert is on standard output and not in the mailbox."""
    home.write(delivery="console")
    with subprocess.Popen(
        [sys.executable, "-m", "scanner", "run"],
        env=home.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        until(lambda: begun(home))
        home.account.append("Sent", raw_mail(1, to=[WRONG], date=datetime.now(UTC)))
        assert process.stdout is not None
        first = process.stdout.readline()
        process.terminate()
        rest = process.stdout.read()

    assert first.startswith("Message-ID: <oopsee.")
    assert WRONG in rest
    assert [] == home.account.server.messages(home.account.user)


@pytest.mark.pitfall("paperless-ngx-9436")
def test_a_second_daemon_is_refused(home: Home) -> None:
    """It names the process that guards the mailbox already."""
    with home.running() as process:
        until(lambda: begun(home))
        second = home.oopsee("run")

        assert 2 == second.returncode
        assert f"already guarded by process {process.pid}" in second.stderr


@pytest.mark.pitfall("apscheduler-423-stop")
def test_a_stop_does_not_wait_for_a_server_that_is_silent(home: Home) -> None:
    """A server that takes the connection and says nothing is hung up on within five seconds."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        home.write(port=server.getsockname()[1])
        with home.running():
            connection, _ = server.accept()
        connection.close()


@pytest.mark.parametrize("command", ["check", "run"])
def test_a_wrong_password_is_told(home: Home, command: str) -> None:
    """Exit code 3 and the server's own words; the password is in none of them."""
    home.password = "wrong horse"
    done = home.oopsee(command)

    assert 3 == done.returncode
    assert "refused the login" in done.stdout + done.stderr
    assert "wrong horse" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_host_is_told(home: Home) -> None:
    """Exit code 3 and the name that cannot be found."""
    home.write(host="imap.nowhere.invalid")
    done = home.oopsee("check")

    assert 3 == done.returncode
    assert "imap.nowhere.invalid cannot be found" in done.stdout


def test_a_closed_port_is_told(home: Home) -> None:
    """Exit code 3."""
    home.write(port=free_port())

    assert 3 == home.oopsee("check").returncode


@pytest.mark.parametrize("command", ["check", "run"])
def test_a_refused_certificate_is_told(home: Home, command: str) -> None:
    """Exit code 3; the password was not sent."""
    home.write(host="localhost", port=home.account.server.tls_port, security="tls")
    done = home.oopsee(command)

    assert 3 == done.returncode
    assert "The certificate of localhost was refused" in done.stdout + done.stderr


def test_a_certificate_of_ones_own_is_accepted(home: Home) -> None:
    """With ca_file the same server is trusted."""
    home.write(
        host="localhost",
        port=home.account.server.tls_port,
        security="tls",
        imap=f'ca_file = "{home.account.server.certificate}"',
    )

    assert 0 == home.oopsee("check").returncode


@pytest.mark.parametrize("command", ["check", "run", "scan"])
def test_a_missing_sent_folder_is_told(home: Home, command: str) -> None:
    """Exit code 2 and the folders that there are."""
    with Dovecot(folders=("Projects",), special_use=False) as server:
        server.add_user(home.account.user)
        home.write(port=server.port)
        done = home.oopsee(command)

    assert 2 == done.returncode
    assert "Projects" in done.stdout + done.stderr


def test_an_unreadable_configuration_is_told(home: Home) -> None:
    """Exit code 2 and the command that mends it."""
    home.path.chmod(0o644)
    done = home.oopsee("run")

    assert 2 == done.returncode
    assert f"chmod 600 {home.path}" in done.stderr


def test_a_foreign_model_file_is_told_and_not_loaded(home: Home) -> None:
    """Exit code 2 of `check`; a file that no manifest describes is never opened as code."""
    model = home.state / "models" / "mine"
    model.mkdir(parents=True, mode=0o700)
    home.state.chmod(0o700)
    (home.state / "models" / "active").write_text("mine\n")
    (model / "manifest.json").write_text("{}")
    (model / "classifier.joblib").write_bytes(b"cos\nsystem\n(S'touch /tmp/owned'\ntR.")
    done = home.oopsee("check")

    assert 2 == done.returncode
    assert "FAIL  model" in done.stdout
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["check", "run", "status"])
def test_a_damaged_database_is_told(home: Home, command: str) -> None:
    """Exit code 4, the file's name, and how to go on; it is left as it is."""
    home.state.mkdir(mode=0o700)
    database = home.state / "oopsee.db"
    database.write_bytes(b"not a database" * 1000)
    database.chmod(0o600)
    done = home.oopsee(command)

    assert 4 == done.returncode
    assert str(database) in done.stdout + done.stderr
    assert b"not a database" * 1000 == database.read_bytes()


def test_a_full_disk_is_told(home: Home) -> None:
    """Exit code 4 and a sentence about the disk; with room again, everything is there."""
    done = subprocess.run(
        [sys.executable, "-m", "scanner", "run"],
        env=home.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        # No file may grow beyond this: for the program that is a disk without room.
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192)),
    )

    assert 4 == done.returncode
    assert "disk" in done.stderr
    assert "Traceback" not in done.stderr
    with home.running():
        until(lambda: begun(home))
