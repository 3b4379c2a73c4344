"""Every kind of mail to the owner in every language: made here, stored in `snapshots`, and read there.

`<language>/<case>.txt` is the subject and the text, `<case>.html` the page, `<language>/reasons.txt` one
filled sentence for each reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

from scanner.alert import compose
from scanner.detect.reasons import ENGLISH, make_reason
from scanner.detect.verdict import Reason, RecipientVerdict, Severity, Verdict
from scanner.errors import FolderError, LoginError, ScannerError
from scanner.message.model import Person, Role
from scanner.words import LANGUAGES, words
from tests.snapshots import Snapshots
from tests.unit.alert.samples import parsed, part, verdict

OWNER = Person("Maria Verdi", "maria.verdi@firm.example")
NOW = datetime(2025, 4, 1, 15, 23, 2, tzinfo=timezone(timedelta(hours=2)))
ALERT_ID = "<oopsee.0123456789@firm.example>"

SUBJECTS = {
    "en": "Offer for the third quarter",
    "it": "Offerta per il terzo trimestre",
    "es": "Oferta para el tercer trimestre",
    "tr": "Üçüncü çeyrek teklifi",
    "de": "Angebot für das dritte Quartal",
    "fr": "Offre pour le troisième trimestre",
}

VALUES = {
    "name": "Anna Rossi",
    "address": "anna.rossi@acme.example",
    "times": "3",
    "ago": "12",
    "near": "anna.rosso@acme.example",
    "near_times": "41",
    "named": "anna.rossi@firm.example",
    "greeting": "Tom",
    "greeted": "Tom Ashworth <tom@firm.example>",
    "quoted": "Tom Ashworth <tom@firm.example>",
    "topic": "Tom Ashworth <tom@firm.example>",
    "others": "İpek Yıldız",
    "outsiders": "12",
    "organisations": "5",
    "meant": "Tom Ashworth <tom@firm.example>",
}


def _why(key: str, weight: float, **values: str) -> Reason:
    return make_reason("history", weight, key, VALUES | values)


ANNA = RecipientVerdict(
    "anna.rossi@acme.example",
    "Anna Rossi",
    Role.TO,
    0.8,
    "tom@firm.example",
    "Tom Ashworth",
    (_why("greets_other", 2.0), _why("seldom", 1.5), _why("topic_other", 1.0), _why("fits_better", 0.5)),
)
IPEK = RecipientVerdict(
    "ipek@beta.example",
    "İpek Yıldız",
    Role.CC,
    0.7,
    None,
    "",
    (_why("never_mailed", 2.0, name="İpek Yıldız"), _why("many_new", 1.0)),
)
BARE = RecipientVerdict(
    "o.brien@gamma.example",
    "",
    Role.CC,
    0.6,
    "obrien@gamma.example",
    "",
    (_why("near", 2.0, address="o.brien@gamma.example", near="obrien@gamma.example", near_times="1"),),
)
HOSTILE = replace(
    ANNA,
    name="</p><script>alert(1)</script> \u202e{name}\r\nBcc: x@evil.example",
    meant_name="\x1b[2JTom “«„ %s",
    reasons=(
        _why("never_mailed", 2.0, name="<b>Anna</b>\u202e{address}\n.\n"),
        _why("greets_nobody", 1.0, name="“»\u2066" + "x" * 400, greeting="<img src=x>"),
    ),
)
ERRORS: Mapping[str, ScannerError] = {
    "contact": ScannerError("imap.firm.example does not answer (timed out)."),
    "login": LoginError(
        "imap.firm.example refused the login: [AUTHENTICATIONFAILED] Invalid credentials",
        remedy="Correct the user name or the password.",
    ),
    "certificate": ScannerError("The certificate of imap.firm.example was refused (self-signed)."),
    "folder": FolderError("No Sent folder was found. The mailbox has: INBOX, Archive, Drafts."),
    "missing": FolderError("The mailbox has no folder Gesendet. It has: INBOX, Archive, Drafts."),
    "model": ScannerError("The model in /var/lib/oopsee/models was altered."),
    "quarantine": ScannerError("1 message in Sent could not be understood."),
}


def _about(language: str, *recipients: RecipientVerdict, **changes: object) -> Verdict:
    about = verdict(*recipients, subject=SUBJECTS[language], date=NOW - timedelta(minutes=3))
    return replace(about, **changes)  # type: ignore[arg-type]  # fields of the verdict


def _alert(language: str, about: Verdict, *, answers: bool = False) -> bytes:
    return compose.alert(
        about,
        owner=OWNER,
        now=NOW,
        message_id=ALERT_ID,
        budget=5,
        language=language,
        answers=answers,
        folders=answers,
    )


def _digest(language: str, *about: Verdict) -> bytes:
    return compose.digest(about, owner=OWNER, now=NOW, message_id=ALERT_ID, budget=2.5, language=language)


def _notice(language: str, cause: str) -> bytes:
    error = ERRORS[cause]
    return compose.notice(
        cause,
        name="work",
        owner=OWNER,
        since=NOW - timedelta(hours=7),
        now=NOW,
        message_id=ALERT_ID,
        what=str(error),
        meaning=error.meaning,
        remedy=error.remedy,
        language=language,
    )


def _recalled(language: str, outcome: str) -> bytes:
    return compose.recalled(
        outcome,
        owner=OWNER,
        recipient="bruno.weiss@firm.example",
        folder="Oopsee/Recalled",
        subject=SUBJECTS[language],
        now=NOW,
        message_id=ALERT_ID,
        language=language,
    )


def mails(language: str) -> dict[str, bytes]:
    """Give every case in one language, as whole mails."""
    single = _about(language, ANNA)
    several = _about(language, ANNA, IPEK, BARE, severity=Severity.HIGH)
    long_list = [replace(IPEK, name="", address=f"guest{number}@beta.example") for number in range(1, 41)]
    low = _about(language, replace(IPEK, reasons=()), severity=Severity.LOW, date=None)
    return {
        "alert-meant": _alert(language, single),
        "alert-nobody-meant": _alert(language, low),
        "alert-several": _alert(language, several),
        "alert-long-list": _alert(language, _about(language, *long_list, severity=Severity.HIGH)),
        "alert-no-subject": _alert(language, replace(single, subject="", message_id="")),
        "alert-hostile": _alert(
            language, _about(language, HOSTILE, subject='"><h1>{subject}\r\nTo: x@y.example')
        ),
        "alert-answers": _alert(language, replace(single, severity=Severity.HIGH), answers=True),
        "alert-answers-several": _alert(language, several, answers=True),
        "digest-one": _digest(language, single),
        "digest-many": _digest(language, several, replace(single, subject=""), low, *[single] * 29),
        **{f"notice-{cause}": _notice(language, cause) for cause in ERRORS},
        **{f"recalled-{outcome}": _recalled(language, outcome) for outcome in ("moved", "read", "gone")},
        "recalled-here": compose.recalled_here(
            owner=OWNER,
            sender="Carla Verdi <carla@firm.example>",
            sent=NOW - timedelta(minutes=9),
            folder="Oopsee/Recalled",
            now=NOW,
            message_id=ALERT_ID,
            language=language,
        ),
    }


def make() -> dict[str, str]:
    """Give the text of every file by its path."""
    made = {}
    for language in LANGUAGES:
        said = words(language)
        reasons = [said.reason(why.key, why.values) for why in (_why(key, 1.0) for key in ENGLISH)]
        made[f"{language}/reasons.txt"] = "\n".join(reasons) + "\n"
        for case, raw in mails(language).items():
            subject = parsed(raw)["Subject"]
            made[f"{language}/{case}.txt"] = f"Subject: {subject}\n\n{part(raw, 'plain')}"
            made[f"{language}/{case}.html"] = part(raw, "html")
    return made


SNAPSHOTS = Snapshots(Path(__file__).with_name("snapshots"), make)
