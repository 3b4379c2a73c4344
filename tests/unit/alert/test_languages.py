"""Whatever a message holds, the mail about it is one-language, narrow and of the same shape."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.alert import compose
from scanner.alert.safe import width
from scanner.detect.reasons import ENGLISH, make_reason
from scanner.detect.verdict import Severity
from scanner.words import LANGUAGES, words
from tests.unit.alert.letters import ANNA, NOW, OWNER, VALUES, mails
from tests.unit.alert.samples import ALERT_ID, part, verdict

texts = st.text(max_size=60).map(lambda text: text or "x")


@pytest.mark.parametrize("language", LANGUAGES)
@settings(max_examples=60, deadline=None)
@given(subject=texts, name=texts, local=texts, severity=st.sampled_from(Severity), data=st.data())
def test_any_subject_name_and_address_fits_the_sentences(
    language: str, subject: str, name: str, local: str, severity: Severity, data: st.DataObject
) -> None:
    """No line but a command is too wide, the page has as many tags as ever, and no sentence breaks."""
    key = data.draw(st.sampled_from(sorted(ENGLISH)))
    values = {field: value if value.isdecimal() else name for field, value in VALUES.items()}
    recipient = replace(
        ANNA, name=name, address=f"{local}@acme.example", reasons=(make_reason("history", 1.0, key, values),)
    )
    about = verdict(recipient, subject=subject, severity=severity)
    usual = verdict(replace(ANNA, reasons=ANNA.reasons[:1]), severity=severity)
    raw, plain = (
        compose.alert(one, owner=OWNER, now=NOW, message_id=ALERT_ID, language=language, answers=True)
        for one in (about, usual)
    )
    assert 72 >= max(width(line) for line in part(raw, "plain").splitlines())
    structure = re.compile(r"</?(?:p|li|ul|ol|table|tr|th|td|h2|div|code)\b")
    assert structure.findall(part(plain, "html")) == structure.findall(part(raw, "html"))


@pytest.mark.parametrize("language", [one for one in LANGUAGES if one != "en"])
def test_no_mail_holds_an_english_sentence_of_ours(language: str) -> None:
    """But for the names of commands and what a notice quotes, nothing is said in another language."""
    sentences = [text for text in ENGLISH.values() if "{" not in text]
    sentences += [words("en").sections["text"][key] for key in ("look", "tell", "clock", "no_reasons")]
    sentences += [words("en").sections["notice"]["once"], words("en").sections["foot"]["unsure"]]
    for raw in mails(language).values():
        shown = " ".join(part(raw, "plain").split())
        assert [] == [sentence for sentence in sentences if sentence in shown]
