"""Choosing folders on listings as many servers give them."""

from __future__ import annotations

import tomllib
from importlib import resources

import pytest
from imapclient.imap_utf7 import decode, encode

from scanner.errors import FolderError
from scanner.mailbox.folders import choose
from scanner.mailbox.imap import Listed


def listing(*names: str, delimiter: str = "/", **flags: str) -> list[Listed]:
    """A LIST answer; a keyword gives the flag of the folder whose name it is."""
    plain = [Listed(name, frozenset(), delimiter) for name in names]
    return plain + [Listed(name, frozenset({"\\" + flag}), delimiter) for name, flag in flags.items()]


GMAIL = [
    Listed("INBOX", frozenset({"\\hasnochildren"})),
    Listed("[Gmail]", frozenset({"\\haschildren", "\\noselect"})),
    Listed("[Gmail]/Bozze", frozenset({"\\drafts"})),
    Listed("[Gmail]/Posta inviata", frozenset({"\\sent"})),
    Listed("[Gmail]/Tutti i messaggi", frozenset({"\\all"})),
    Listed("[Gmail]/Spam", frozenset({"\\junk"})),
    Listed("[Gmail]/Cestino", frozenset({"\\trash"})),
]


def test_the_servers_word_names_every_folder() -> None:
    """SPECIAL-USE decides, whatever the language of the names."""
    found = choose(GMAIL)

    assert ("[Gmail]/Posta inviata",) == found.sent
    assert "INBOX" == found.inbox
    assert "[Gmail]/Tutti i messaggi" == found.all_mail
    assert "[Gmail]/Bozze" == found.drafts
    assert "[Gmail]/Spam" == found.junk
    assert "[Gmail]/Cestino" == found.trash
    assert "[Gmail]" not in found.listing


@pytest.mark.pitfall("emailengine-295")
@pytest.mark.parametrize(
    ("names", "sent"),
    [
        (("INBOX", "Sent", "Trash"), "Sent"),
        (("INBOX", "Sent Items", "Deleted Items"), "Sent Items"),
        (("INBOX", "Posta inviata", "Bozze"), "Posta inviata"),
        (("INBOX", "Elementos enviados", "Borradores"), "Elementos enviados"),
        (("INBOX", "Gönderilmiş Öğeler", "Taslaklar"), "Gönderilmiş Öğeler"),
        (("INBOX", "Gesendete Objekte", "Entwürfe"), "Gesendete Objekte"),
        (("INBOX", "Éléments envoyés", "Brouillons"), "Éléments envoyés"),
        (("INBOX", "Itens Enviados", "Rascunhos"), "Itens Enviados"),
        (("INBOX", "Verzonden items", "Concepten"), "Verzonden items"),
        (("INBOX", "Elementy wysłane", "Szkice"), "Elementy wysłane"),
        (("INBOX", "Odeslaná pošta", "Koncepty"), "Odeslaná pošta"),
        (("INBOX", "Skickat", "Utkast"), "Skickat"),
        (("INBOX", "Отправленные", "Черновики"), "Отправленные"),
        (("INBOX", "送信済みアイテム", "下書き"), "送信済みアイテム"),
        (("INBOX", "已发送邮件", "草稿"), "已发送邮件"),
        (("INBOX", "보낸편지함", "휴지통"), "보낸편지함"),
        (("INBOX", "פריטים שנשלחו", "טיוטות"), "פריטים שנשלחו"),
        (("INBOX", "العناصر المرسلة", "المسودات"), "العناصر المرسلة"),
    ],
)
def test_a_sent_folder_is_known_by_its_name_in_many_languages(names: tuple[str, ...], sent: str) -> None:
    """Without SPECIAL-USE the name decides."""
    assert (sent,) == choose(listing(*names)).sent


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("capital dotted I", "GÖNDERİLMİŞ ÖĞELER"),
        ("decomposed accents", "E\u0301le\u0301ments envoye\u0301s"),
        ("no accents", "Elements envoyes"),
        ("lower case", "sent items"),
    ],
)
def test_case_and_accents_of_a_name_make_no_difference(written: str, name: str) -> None:
    """Servers and programs write one name in several ways."""
    assert (name,) == choose(listing("INBOX", name)).sent, written


def test_folders_below_inbox_count_like_those_at_the_top() -> None:
    """Servers with a dot as delimiter put everything below INBOX."""
    found = choose(listing("INBOX", "INBOX.Sent", "INBOX.Drafts", "INBOX.Sent.2019", delimiter="."))

    assert ("INBOX.Sent",) == found.sent
    assert ("INBOX.Sent.2019",) == found.sent_below
    assert "INBOX.Drafts" == found.drafts


@pytest.mark.pitfall("emailengine-295-several")
def test_a_mailbox_may_have_several_sent_folders() -> None:
    """The one the server flags comes first, those that mail programs made follow."""
    found = choose([*listing("INBOX", "Sent Messages", "Gesendet"), Listed("Sent", frozenset({"\\sent"}))])

    assert ("Sent", "Sent Messages", "Gesendet") == found.sent


@pytest.mark.pitfall("imapclient-special-folder")
def test_a_name_does_not_count_against_the_servers_word() -> None:
    """A folder called Sent that the server keeps for drafts is no Sent folder."""
    found = choose([Listed("Sent", frozenset({"\\drafts"})), Listed("Out", frozenset({"\\sent"}))])

    assert ("Out",) == found.sent
    assert "Sent" == found.drafts


@pytest.mark.parametrize(
    "name", ["Projects/Sent", "Old account/Sent Items", "Sent/2019", "Outbox", "Presentations", "Unsent"]
)
def test_what_only_looks_like_sent_is_not_taken(name: str) -> None:
    """Folders of the user's own making, and outboxes, hold other things."""
    with pytest.raises(FolderError):
        choose(listing("INBOX", name))


def test_other_peoples_sent_folders_are_not_taken() -> None:
    """A shared mailbox's Sent folder is somebody else's mail, even where the server flags it."""
    folders = [Listed("INBOX"), Listed("shared/office/Sent", frozenset({"\\sent"})), Listed("Sent")]

    assert ("Sent",) == choose(folders, foreign=("shared/",)).sent


def test_a_folder_that_cannot_be_opened_is_not_taken() -> None:
    r"""A name with \Noselect is a branch, not a folder."""
    folders = [Listed("Sent", frozenset({"\\noselect"})), Listed("Sent Items")]

    assert ("Sent Items",) == choose(folders).sent


def test_the_setting_wins() -> None:
    """What is set counts alone, also against the server's word."""
    found = choose([*GMAIL, Listed("Ausgang/2024")], ("Ausgang/2024", "INBOX"))

    assert ("Ausgang/2024", "INBOX") == found.sent


@pytest.mark.parametrize("written", ["INBOX/Sent", "inbox.sent", "INBOX.Sent"])
def test_the_setting_may_be_written_as_people_do(written: str) -> None:
    """Another delimiter or case is understood; the server's name is used."""
    assert ("INBOX.Sent",) == choose(listing("INBOX", "INBOX.Sent", delimiter="."), (written,)).sent


def test_a_setting_that_names_no_folder_is_an_error_with_the_list() -> None:
    """A typing mistake must not silently watch nothing."""
    with pytest.raises(FolderError, match=r"no folder Snet\b.*INBOX, Sent") as caught:
        choose(listing("INBOX", "Sent"), ("Snet",))

    assert 2 == caught.value.exit_code


def test_one_of_several_set_folders_may_be_missing() -> None:
    """The others are watched all the same, and the missing one is named as it was written."""
    found = choose(listing("INBOX", "Sent", "Gesendet"), ("Gesendet", "Snet", "Sent"))

    assert ("Gesendet", "Sent") == found.sent
    assert ("Snet",) == found.missing


def test_no_sent_folder_is_an_error_with_the_list_and_the_remedy() -> None:
    """The person sees which folders there are and where to write the name."""
    with pytest.raises(FolderError, match=r"these folders: Ausgang, INBOX, Work\.") as caught:
        choose(listing("INBOX", "Work", "Ausgang"))

    assert "sent = [" in caught.value.remedy


def test_a_long_folder_list_is_cut() -> None:
    """A thousand folders do not fill the screen."""
    with pytest.raises(FolderError, match=r"and 941 more\.$"):
        choose(listing("INBOX", *(f"Project {number}" for number in range(1000))))


def test_a_server_without_folders_says_so() -> None:
    """An empty LIST is named as such."""
    with pytest.raises(FolderError, match="lists no folders"):
        choose([])


LANGUAGES = tomllib.loads(
    (resources.files("scanner.mailbox") / "data" / "folders.toml").read_text(encoding="utf-8")
)


def test_the_names_are_known_in_at_least_twenty_five_languages() -> None:
    """Each has names for a Sent folder and an inbox."""
    assert len(LANGUAGES) >= 25
    assert all(kinds["sent"] and kinds["inbox"] for kinds in LANGUAGES.values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_name_of_a_sent_folder_is_found_over_the_wire(language: str) -> None:
    """Also after its way through modified UTF-7, in capitals, and below INBOX."""
    for name in LANGUAGES[language]["sent"]:
        there = decode(encode(name))
        assert (there,) == choose(listing("INBOX", there)).sent
        assert (f"INBOX.{there}",) == choose(listing("INBOX", f"INBOX.{there}", delimiter=".")).sent
        assert (there.upper(),) == choose(listing("INBOX", there.upper())).sent
