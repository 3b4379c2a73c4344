"""Address lists, whatever the sender's program made of them."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scanner.message.addresses import addresses_in_text, normalise_address
from scanner.message.addresslist import parse_addresses
from scanner.message.model import Person


@pytest.mark.pitfall("bad-groups")
@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("anna@example.com", [("", "anna@example.com")]),
        ("Anna Rossi <Anna@Example.COM>", [("Anna Rossi", "anna@example.com")]),
        (
            '"Rossi, Anna" <anna@example.com>, tom@example.org',
            [("Rossi, Anna", "anna@example.com"), ("", "tom@example.org")],
        ),
        ("<anna@example.com>", [("", "anna@example.com")]),
        ("anna@example.com (Anna Rossi)", [("Anna Rossi", "anna@example.com")]),
        ("anna@example.com (Anna (the boss) Rossi)", [("Anna (the boss) Rossi", "anna@example.com")]),
        ('"a \\"b\\" c" <x@example.com>', [('a "b" c', "x@example.com")]),
        ("=?utf-8?q?Jos=C3=A9_P=C3=A9rez?= <jose@example.org>", [("José Pérez", "jose@example.org")]),
        ("=?utf-8?q?Rossi,_Anna?= <anna@example.com>", [("Rossi, Anna", "anna@example.com")]),
        ("\"'anna@example.com'\" <anna@example.com>", [("anna@example.com", "anna@example.com")]),
        ("'anna@example.com'", [("", "anna@example.com")]),
        ('"anna.rossi"@example.com', [("", "anna.rossi@example.com")]),
        ('"anna rossi"@example.com', [("", '"anna rossi"@example.com')]),
        ('Anna <"anna rossi"@example.com>', [("Anna", '"anna rossi"@example.com')]),
        ("anna @ example.com", [("", "anna@example.com")]),
        ("Anna <anna@exam ple.com>", [("Anna", "anna@example.com")]),
        ("<@relay.example,@other.example:anna@example.com>", [("", "anna@example.com")]),
        (
            "Team: anna@example.com, Tom <tom@example.org>;",
            [("", "anna@example.com"), ("Tom", "tom@example.org")],
        ),
        ("Team: anna@example.com;, x@example.net", [("", "anna@example.com"), ("", "x@example.net")]),
        ("undisclosed-recipients:;", []),
        ("anna@example.com; tom@example.org", [("", "anna@example.com"), ("", "tom@example.org")]),
        ("mailto:anna@example.com", [("", "anna@example.com")]),
        ("anna@[192.0.2.1]", [("", "anna@[192.0.2.1]")]),
        ("дарья@example.com", [("", "дарья@example.com")]),
        ("anna@BÜCHER.example", [("", "anna@bücher.example")]),
        ("anna@xn--bcher-kva.example", [("", "anna@bücher.example")]),
        ("root", [("", "root")]),
        (", ,anna@example.com,,", [("", "anna@example.com")]),
        ("", []),
    ],
)
def test_an_address_list_is_read_as_meant(written: str, expected: list[tuple[str, str]]) -> None:
    """Every usual and unusual form gives its people: names decoded, addresses in one spelling."""
    assert [Person(*one) for one in expected] == parse_addresses(written)[0]


@pytest.mark.pitfall("imap-tools-49")
@pytest.mark.parametrize(
    "written",
    [
        '"Anna <anna@example.com>, tom@example.org',
        "Anna (never closed <anna@example.com>, tom@example.org",
        "anna@example.com tom@example.org",
        "Anna <anna@example.com Tom <tom@example.org>",
        "anna@example.com>, <tom@example.org",
        "=?utf-8?q?Anna_=3Canna=40example=2Ecom=3E?=, tom@example.org",
        "Anna anna@example.com, Tom tom@example.org",
    ],
)
def test_no_address_of_a_broken_list_is_lost(written: str) -> None:
    """Where quotes, comments or brackets never close, the addresses are found, and it is said."""
    people, clean = parse_addresses(written)
    assert {"anna@example.com", "tom@example.org"} == {person.address for person in people if person.address}
    assert not clean


def test_a_name_without_an_address_is_kept_and_said() -> None:
    """A recipient of whom only the name is written is no address, and the list is not clean."""
    assert ([Person("Anna Rossi", "")], False) == parse_addresses("Anna Rossi")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Anna@Example.com", "anna@example.COM."),
        ("<anna@example.com>", " anna@example.com "),
        ('"anna"@example.com', "anna@example.com"),
        ("anna@xn--bcher-kva.example", "anna@Bücher.example"),
        ("anna@bu\u0308cher.example", "anna@bücher.example"),
        ("an\u200bna@example.com", "anna@example.com"),
        ("MAILTO:anna@example.com", "anna@example.com"),
        ("'anna@example.com'", "anna@example.com"),
    ],
)
def test_one_mailbox_has_one_spelling(one: str, other: str) -> None:
    """Spellings that name one mailbox become one address."""
    assert normalise_address(one) == normalise_address(other)


@pytest.mark.parametrize("label", ["xn--", "xn--\u00e9", "xn--99999999999", "xn--a" * 20])
def test_a_label_that_is_no_punycode_stays_as_it_is(label: str) -> None:
    """An international domain that cannot be decoded does no harm."""
    assert normalise_address(f"anna@{label}.example").startswith("anna@xn--")


@given(st.text())
def test_any_text_is_an_address_list(text: str) -> None:
    """No text makes the reader of address lists raise, and addresses carry no white space or controls."""
    for person in parse_addresses(text)[0]:
        assert person.address == person.address.strip()
        assert person.name.isprintable()


@given(st.text(alphabet=st.one_of(st.characters(), st.sampled_from("a@. '<>\"\\,:xn-"))))
@example("0<\x1b")
def test_normalising_twice_changes_nothing(text: str) -> None:
    """The one spelling of an address is its own spelling."""
    once = normalise_address(text)
    assert once == normalise_address(once)


@given(st.lists(st.from_regex(r"[a-z]{1,8}\.[a-z]{1,8}@[a-z]{1,8}\.example", fullmatch=True), max_size=30))
def test_a_plain_list_is_read_whole_and_in_order(addresses: list[str]) -> None:
    """All addresses of a list come out, in its order."""
    assert addresses == [person.address for person in parse_addresses(", ".join(addresses))[0]]


def test_addresses_in_running_text_are_found_in_order_and_once() -> None:
    """Text around an address, its case, and repeats do not matter; what is no address is left."""
    text = (
        "Ask Anna.Rossi@example.com, (tom@mail.example.org). ANNA.ROSSI@example.com; not @home, a@b, x@y.1z"
    )
    assert ("anna.rossi@example.com", "tom@mail.example.org") == addresses_in_text(text, 10)
    assert ("anna.rossi@example.com",) == addresses_in_text(text, 1)


@pytest.mark.parametrize(
    "text",
    [
        "'" * 38,
        "<'" * 9 + "a@b.example" + "'>" * 9,
        "mailto:" * 20 + "a@b.example",
        "@a:" * 20 + "b@c.example",
    ],
)
def test_more_layers_than_anybody_writes_still_give_one_spelling(text: str) -> None:
    """Whatever is wrapped around an address, what comes out stays as it is."""
    address = normalise_address(text)
    assert address == normalise_address(address)


@pytest.mark.parametrize(
    ("spelling", "address"),
    [
        ('"jane".doe@example.com', "jane.doe@example.com"),
        ('" jane"."doe" @ EXAMPLE.com', "jane.doe@example.com"),
        ('"ja\\ne"@example.com', "jane@example.com"),
        ('"a  b".c@example.com', '"a b.c"@example.com'),
        ('"a\\"b"@example.com', '"a\\"b"@example.com'),
        ('"a@b"@example.com', '"a@b"@example.com'),
    ],
)
def test_quotes_and_backslashes_are_no_part_of_a_local_part(spelling: str, address: str) -> None:
    """Quoted words and atoms are one local part (RFC 5322 section 4.4); quotes stay where they are needed."""
    assert address == normalise_address(spelling)
    assert address == normalise_address(address)


def test_an_international_domain_in_capitals_is_the_same_domain() -> None:
    """The mark of an encoded label is read in either case (RFC 5890 section 2.3.2.1)."""
    for spelling in ("o@xn--bcher-kva.example", "O@XN--BCHER-KVA.EXAMPLE", "o@Bücher.example"):
        assert "o@bücher.example" == normalise_address(spelling)
