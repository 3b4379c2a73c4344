"""On a real server: the owner is written to in the language that they mostly write."""

from __future__ import annotations

from email import message_from_bytes, policy

import pytest

from scanner.store import MailboxStore
from tests.dovecot import Account
from tests.integration.daemon.harness import WRONG, a_guard, alerts, learnt, now, running, until
from tests.people import raw_mail

GERMAN = "Liebe Anna, anbei das Angebot für das dritte Quartal, über das wir gestern gesprochen haben."
FRENCH = "Bonjour Claire, veuillez trouver ci-joint notre offre, merci de nous répondre avant vendredi."


@pytest.mark.parametrize(
    ("past", "subject"),
    [
        (6, "Ging „Minutes“ an die richtige Person?"),
        (0, "Le message «\u00a0Minutes\u00a0» a-t-il été envoyé à la bonne personne\u00a0?"),
    ],
    ids=["by the past", "by the message at hand"],
)
def test_the_alert_speaks_the_owners_language(
    dovecot: Account, store: MailboxStore, past: int, subject: str
) -> None:
    """A French letter of somebody who writes German is alerted in German; of a stranger, in French."""
    dovecot.append("Sent", *(raw_mail(number, text=GERMAN) for number in range(1, past + 1)))
    with running(a_guard(store, dovecot.server.port, dovecot.user)):
        until(lambda: learnt(store))
        dovecot.append("Sent", raw_mail(50, to=[WRONG], date=now(), text=FRENCH))
        until(lambda: alerts(dovecot))
    alert = message_from_bytes(alerts(dovecot)[0], policy=policy.default)
    assert subject.replace("\u00a0", " ") == str(alert["Subject"]).replace("\u00a0", " ")
