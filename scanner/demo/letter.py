"""One message of the sample as a person would write it, and as octets (RFC 5322, RFC 2045)."""

from __future__ import annotations

import hashlib
import html
import mimetypes
from dataclasses import dataclass
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import TYPE_CHECKING, Final

from scanner.demo import quoting
from scanner.demo.script import OWNER, Contact, people, phrases

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence
    from datetime import datetime

_PROGRAMS: Final = {
    "outlook": ("X-Mailer", "Microsoft Outlook 16.0"),
    "apple": ("X-Mailer", "Apple Mail (2.3774.600.62)"),
    "thunderbird": ("User-Agent", "Mozilla Thunderbird"),
}
_LOWER_AFTER_GREETING: Final = ("de", "it")
QUOTED_LEVELS: Final = 3


@dataclass(frozen=True, slots=True)
class Letter:
    """One message, ready to become octets.

    `own` is what the writer wrote with greeting, closing and signature; `quoted` the quotation
    under it, "" where there is none. `level` counts the messages in it, itself included.
    """

    message_id: str
    date: datetime
    sender: Contact
    to: tuple[Contact, ...]
    cc: tuple[Contact, ...]
    subject: str
    own: str
    quoted: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    attachments: tuple[str, ...] = ()
    level: int = 1

    @property
    def text(self) -> str:
        """The whole text: own and quoted."""
        return f"{self.own}\n\n\n{self.quoted}" if self.quoted else self.own


def contact(key: str) -> Contact:
    """Who stands under a key; a bare address is somebody whom no address book knows."""
    if "@" in key:
        return Contact(key=key, name="", address=key, lang="de", bare=True)
    return people()[key]


def quotation(writer: Contact, letter: Letter) -> str:
    """The letter as the writer's mail program quotes it."""
    text = letter.text if letter.level < QUOTED_LEVELS else letter.own
    return quoting.quote(
        writer.client,
        writer.locale,
        quoting.Quoted(
            sender=(letter.sender.name, letter.sender.address),
            to=tuple(_shown(person) for person in letter.to),
            cc=tuple(_shown(person) for person in letter.cc),
            date=letter.date,
            subject=letter.subject,
            text=text,
        ),
    )


def greeting(lang: str, writer: Contact, readers: Sequence[Contact], greet: str, rng: random.Random) -> str:
    """How the writer addresses the readers."""
    words = phrases()[lang]
    if greet == "all":
        return rng.choice(words["all"])
    if greet == "both":
        first, *rest = (
            _formal(lang, reader, rng, first=index == 0) for index, reader in enumerate(readers[:2])
        )
        return f"{first.rstrip(',')}, {', '.join(rest)}" if rest else first
    if greet == "list" or len(readers) > 1:
        names = [reader.given for reader in readers if reader.given]
        if len(names) != len(readers) or len(names) > 2:
            return rng.choice(words["all"])
        joined = {"de": " und ", "it": " e ", "en": " and ", "es": " y ", "fr": " et "}[lang].join(names)
        return rng.choice(words["polite"]).format(n=joined)
    reader = readers[0]
    if greet == "formal" or is_formal(writer, reader):
        return _formal(lang, reader, rng, first=True)
    polite = writer.polite or reader.polite
    kind = "polite" if polite else f"familiar_{reader.gender}"
    return rng.choice(words[kind]).format(n=reader.given)


def is_formal(writer: Contact, reader: Contact) -> bool:
    """Whether the two are not on first-name terms."""
    other = reader if writer.key == OWNER else writer
    return not other.given


def own_text(*, start: str, body: str, end: str, writer: Contact, lang: str, signature: bool) -> str:
    """Greeting, paragraphs and leave-taking, put together as the writer's program would.

    Without `end` the mail closes with the name alone. A formal writer, who is not on first-name
    terms with the reader, signs with the signature alone.
    """
    paragraphs = [part.strip() for part in body.split("//")]
    if not start or lang not in _LOWER_AFTER_GREETING:
        paragraphs[0] = paragraphs[0][0].upper() + paragraphs[0][1:]
    blocks = [start, *paragraphs] if start else paragraphs
    full = signature and len(writer.sign) > 1
    name = writer.sign[0] if signature and not full else writer.given
    if leave := "\n".join(filter(None, (end, name))):
        blocks.append(leave)
    if full:
        mark = "-- \n" if writer.client == "thunderbird" else ""
        blocks.append(mark + "\n".join(writer.sign))
        blocks.extend(filter(None, [writer.footer]))
    return "\n\n".join(blocks)


def octets(letter: Letter) -> bytes:
    """The letter as a message with CRLF line ends; the same letter gives the same octets."""
    message = EmailMessage(policy=policy.SMTP)
    message["Date"] = format_datetime(letter.date)
    message["From"] = _address(letter.sender)
    message["To"] = tuple(_address(person) for person in letter.to)
    if letter.cc:
        message["Cc"] = tuple(_address(person) for person in letter.cc)
    message["Subject"] = letter.subject
    message["Message-ID"] = letter.message_id
    if letter.in_reply_to:
        message["In-Reply-To"] = letter.in_reply_to
        message["References"] = " ".join(letter.references)
    if program := _PROGRAMS.get(letter.sender.client):
        message[program[0]] = program[1]
    message.set_content(letter.text + "\n", cte="quoted-printable")
    if letter.sender.client in ("outlook", "gmail"):
        message.add_alternative(_html(letter), subtype="html", cte="quoted-printable")
    for name in letter.attachments:
        main, _, sub = (mimetypes.guess_type(name)[0] or "application/octet-stream").partition("/")
        content = f"{name}: not shown in this sample\n".encode()
        message.add_attachment(content, maintype=main, subtype=sub, filename=name)
    for depth, part in enumerate(part for part in message.walk() if part.is_multipart()):
        part.set_boundary(f"=_{hashlib.sha256(f'{letter.message_id}/{depth}'.encode()).hexdigest()[:24]}")
    return message.as_bytes()


def _formal(lang: str, reader: Contact, rng: random.Random, *, first: bool) -> str:
    words = phrases()[lang]
    title = (reader.formal_it if lang == "it" else "") or reader.formal
    if reader.gender == "p" or not title:
        return rng.choice(words["none"])
    forms = words[f"formal_{reader.gender}"]
    text = (rng.choice(forms) if first else forms[0]).format(f=title)
    return text if first else text[0].lower() + text[1:]


def _html(letter: Letter) -> str:
    def block(text: str) -> str:
        paragraphs = (html.escape(part).replace("\n", "<br>\n") for part in text.split("\n\n"))
        return "\n".join(f"<p>{part}</p>" for part in paragraphs)

    quoted = ""
    if letter.quoted and letter.sender.client == "outlook":
        quoted = f'<div style="border-top:solid #E1E1E1 1.0pt">\n{block(letter.quoted)}\n</div>'
    elif letter.quoted:
        head, _, rest = letter.quoted.partition("\n\n")
        plain = "\n".join(row[1:].lstrip(" ") for row in rest.split("\n"))
        quoted = (
            f'<div class="gmail_quote"><div class="gmail_attr">{html.escape(head)}<br></div>\n'
            f'<blockquote class="gmail_quote">\n{block(plain)}\n</blockquote></div>'
        )
    return f"<html><body>\n{block(letter.own)}\n{quoted}\n</body></html>\n"


def _shown(person: Contact) -> tuple[str, str]:
    return ("" if person.bare else person.name, person.address)


def _address(person: Contact) -> Address:
    name, address = _shown(person)
    return Address(display_name=name, addr_spec=address)
