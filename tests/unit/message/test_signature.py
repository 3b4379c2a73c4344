"""Sign-offs, signatures and legal notices, in six languages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.message.signature import split_signature

OWN = "Hi Tom,\n\nthe plan is attached, please read it."


@pytest.mark.parametrize(
    "end",
    [
        "Best,\nAnna",
        "Best regards,\nAnna\nExample Ltd\nPhone: 555 0100",
        "Thanks,\n\nAnna",
        "Thanks, Anna",
        "Regards\nAnna",
        "Cheers Anna",
        "-Anna",
        "Anna",
        "Cordiali saluti,\nAnna",
        "Grazie,\nAnna",
        "A presto\nAnna",
        "Un abbraccio,\nAnna",
        "Saludos,\nAnna",
        "Un saludo\nAnna",
        "Muchas gracias,\nAnna",
        "Atentamente,\nAnna",
        "Saygılarımla,\nAnna",
        "İyi çalışmalar\nAnna",
        "Teşekkürler,\nAnna",
        "Sevgiler\nAnna",
        "Mit freundlichen Grüßen\nAnna",
        "Viele Grüße\nAnna",
        "LG Anna",
        "Beste Grüße,\nAnna",
        "Cordialement,\nAnna",
        "Bien à vous\nAnna",
        "Bonne journée,\nAnna",
        "Merci d'avance,\nAnna",
        "-- \nAnna\nExample Ltd",
        "Anna\nExample Ltd\nTel: (555) 010-0100",
        "Anna\nExample Ltd\nanna@example.com",
        "Best,\nAnna\n\nSent from my iPhone",
        "Best,\nAnna\n-- \nExample Ltd\nMain Street 1",
    ],
)
def test_the_sign_off_is_cut_and_names_the_sender(end: str) -> None:
    """Sign-off, name and what is below them are no own text; the name is known."""
    assert (OWN, ("Anna",)) == split_signature(f"{OWN}\n\n{end}")


@pytest.mark.parametrize(
    ("end", "name"),
    [
        ("Thanks,\nDG", "DG"),
        ("thanks. df", "df"),
        ("-AB", "AB"),
        ("Thanks.\nAW", "AW"),
        ("Best,\nAnna Rossi, PhD", "Anna Rossi"),
        ("Best,\nZyx", "Zyx"),
    ],
)
def test_initials_and_full_names_sign_too(end: str, name: str) -> None:
    """What the sender signs with is given as written."""
    assert (OWN, (name,)) == split_signature(f"{OWN}\n\n{end}")


@pytest.mark.parametrize(
    "notice",
    [
        (
            "This e-mail and any attachments are confidential and intended solely for the addressee. If "
            "you are not the addressee, delete it."
        ),
        (
            "CONFIDENTIALITY NOTICE: the information contained in this message is privileged and meant for "
            "the person named above only."
        ),
        (
            "Le informazioni contenute nella presente comunicazione sono riservate e destinate ai soli "
            "destinatari sopra indicati."
        ),
        (
            "Este mensaje va dirigido exclusivamente a su destinatario y puede contener información "
            "confidencial; no lo imprima."
        ),
        (
            "Bu e-posta ve ekleri gizlidir; gizlilik kurallarına göre yalnızca adı geçen kişiye "
            "gönderilmiştir, lütfen siliniz."
        ),
        (
            "Diese E-Mail enthält vertrauliche Informationen. Wenn Sie nicht der richtige Adressat sind, "
            "löschen Sie diese E-Mail."
        ),
        (
            "Ce message et toutes les pièces jointes sont confidentiels et établis à l'intention exclusive "
            "de leurs destinataires."
        ),
    ],
)
def test_a_legal_notice_is_no_own_text(notice: str) -> None:
    """The paragraph that lawyers wrote is cut off in every language."""
    assert (OWN, ("Anna",)) == split_signature(f"{OWN}\n\nBest,\nAnna\n\n{notice}\n{notice}")


@pytest.mark.parametrize("text", ["Thanks,\nAnna", "Best", "Thanks", "-- ", "", "Anna"])
def test_a_mere_sign_off_stays(text: str) -> None:
    """A text that is nothing but a sign-off stays own text."""
    assert text.strip() == split_signature(text)[0].strip()


@pytest.mark.parametrize(
    "end",
    ["We met in London", "Call Anna.", "I love it", "see you at 5 PM", "- plan.doc", "Best of all worlds"],
)
def test_ordinary_last_lines_stay(end: str) -> None:
    """A last line that is no sign-off is own text, and nobody signed."""
    assert (f"{OWN}\n\n{end}", ()) == split_signature(f"{OWN}\n\n{end}")


def test_names_of_attachments_below_the_name_do_not_hide_it() -> None:
    """Programs that list attachments at the end do not keep the name from being seen."""
    assert ("Anna",) == split_signature(f"{OWN}\n\nAnna\n\n - plan.doc\n - list.xls")[1]


@given(
    st.lists(
        st.sampled_from(
            [
                "Best,",
                "Anna",
                "-- ",
                "",
                "Thanks, Anna",
                "text here",
                "Sent from my phone",
                " - a.doc",
                "____________",
            ]
        ),
        max_size=30,
    )
)
def test_any_rows_of_lines_can_be_split(lines: list[str]) -> None:
    """No order of lines makes it raise; own text is never lost altogether."""
    text = "\n".join(lines)
    own, names = split_signature(text)
    assert bool(own.strip()) is bool(text.strip()) or not text.strip("_- \n")
    assert all(names)
