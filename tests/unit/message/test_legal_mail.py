"""Whatever the standards allow: one identity for each mailbox, and the same message by IMAP and by file."""

from __future__ import annotations

import contextlib
from email.header import Header

from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.mailbox.structure import read_structure
from scanner.message.addresses import normalise_address
from scanner.message.mime import TextPart, select
from scanner.message.parse import build, parse
from tests.strategies import Identity, Leaf, Multipart, address_lists, identities, messages, specs, spellings

_LETTERS = st.characters(exclude_categories=["C", "Z"]) | st.just(" ")


@settings(max_examples=150, deadline=None)
@given(data=st.data(), identity=identities)
def test_a_mailbox_is_one_identity_however_it_is_written(data: st.DataObject, identity: Identity) -> None:
    """Quotes, comments, folds, routes, case and either form of an international domain change nothing."""
    for name in ("From", "To", "Reply-To"):
        written = data.draw(spellings(identity))
        message = parse(f"{name}: {written}\r\n\r\nx".encode())
        found = {
            "From": [message.sender.address],
            "To": [one.address for one in message.recipients],
            "Reply-To": [one.address for one in message.reply_to],
        }
        assert [identity.address] == found[name], written
    assert identity.address == normalise_address(data.draw(specs(identity)))


@settings(max_examples=150, deadline=None)
@given(both=address_lists())
def test_everybody_on_a_list_is_read_once_and_in_order(both: tuple[str, list[Identity]]) -> None:
    """Groups are their members; commas and semicolons in quotes, comments and names part nobody."""
    written, who = both
    expected = list(dict.fromkeys(one.address for one in who))
    assert expected == [one.address for one in parse(f"To: {written}\r\n\r\nx".encode()).recipients], written


@settings(max_examples=150, deadline=None)
@given(text=st.text(_LETTERS, max_size=80), width=st.integers(30, 76))
def test_a_subject_in_encoded_words_is_the_subject(text: str, width: int) -> None:
    """However the letters are split between words and lines."""
    written = Header(text, "utf-8", maxlinelen=width).encode(linesep="\r\n")
    assert " ".join(text.split()) == parse(f"Subject: {written}\r\n\r\nx".encode()).subject


@settings(max_examples=150, deadline=None)
@given(both=messages())
def test_what_the_reader_fetches_in_parts_is_what_the_file_says(both: tuple[bytes, Leaf | Multipart]) -> None:
    """The structure that a server announces and the octets lead to the same message, never unreadable."""
    header, tree = both
    message = parse(header + tree.body())
    assert "unreadable" not in message.flaws
    with contextlib.suppress(ValueError):  # then the reader takes the octets, as parse() did
        selection = select(read_structure(tree.structure(), header))
        octets = {number: leaf.octets for number, leaf in tree.leaves()}
        texts = [
            TextPart(part.content_type, part.charset, part.transfer_encoding, octets[part.number])
            for part in selection.texts
        ]
        assert message == build(header, texts, selection.attachments)
