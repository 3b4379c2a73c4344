"""The one table of features: every number that the classifier sees, what it means, which way it points.

`direction` is +1 where a larger value can only make a mistake likelier, -1 where it can only
make it less likely, 0 where that depends on the rest; the classifier is bound to it
(monotonic constraint). All logarithms are natural, of one plus the value.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

COMPARED: tuple[str, ...] = (
    "topic_share", "topic_nearest", "coverage", "group_share", "in_thread", "in_last", "quoted_from",
    "quoted_to", "greeted", "mentioned", "long_log", "sent_recency", "rank", "same_organisation",
    "passed", "quoted_circle", "spoken",
)  # fmt: skip
"""What of the ranker's features is held against the best contact who is not on the message."""


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature: its family, its meaning with unit, and its certain direction."""

    name: str
    family: str
    meaning: str
    direction: int = 0


def _family(family: str, *rows: tuple[str, str] | tuple[str, str, int]) -> list[Feature]:
    return [Feature(row[0], family, row[1], row[2] if len(row) > 2 else 0) for row in rows]


TABLE: tuple[Feature, ...] = (
    *_family(
        "history",
        ("sent", "log messages the owner sent to the recipient"),
        ("short", "log messages sent to the recipient, halved every 30 days"),
        ("long", "log messages sent to the recipient, halved every 365 days"),
        ("since_sent", "log days since the owner last wrote to the recipient, 3,000 if never"),
        ("since_received", "log days since the recipient last wrote, 3,000 if never"),
        ("received", "log messages received from the recipient"),
        ("together", "log received messages on which the recipient stood beside the owner"),
        ("never_mailed", "1 if the owner never wrote to the recipient"),
        ("never_seen", "1 if the address never occurred in any header"),
        ("age", "log days since the recipient was first seen"),
        ("gap_ratio", "days since last written to, over the usual days between two messages, at most 1,000"),
        ("sole", "share of the messages to the recipient that had no other recipient"),
        ("role_share", "share of the messages to the recipient with the role (To, Cc, Bcc) of this one"),
        ("rank", "log contacts written to since the recipient was, 400 if never or long ago"),
        ("share", "messages to the recipient over all messages sent, both halved every 30 days"),
        (
            "kind_ratio",
            "log ratio of this kind (new, answer, passed on) in mail to the recipient to the usual",
        ),
        ("habit", "mean log ratio of how this message is written, mail to the recipient against the owner's"),
        ("long_others", "how much more often the most frequent other recipient is written to, in logs"),
    ),
    *_family(
        "message",
        ("recipients", "log number of recipients"),
        ("new_recipients", "recipients never written to before"),
        ("outside", "log recipients outside the owner's organisation"),
        ("organisations", "log outside organisations"),
        ("reply", "1 if the message answers another"),
        ("forward", "1 if the message passes another on"),
        ("marked", "1 if the subject or a reference says that the message answers"),
        ("own_length", "log characters of own text"),
        ("quoted_length", "log characters of quoted text"),
        ("attachments", "log number of attachments"),
        ("owner_sent", "log messages the owner sent so far"),
        ("owner_contacts", "log contacts of the mailbox"),
        ("owner_new_rate", "share of the owner's recent messages that went to somebody new"),
        ("owner_recipients", "mean recipients of the owner's messages"),
        ("terms", "terms of the message that topics are compared by"),
        ("topic_top", "cosine of the nearest earlier message"),
    ),
    *_family(
        "group",
        ("group_share", "share of the past groups like this one that hold the recipient (leave one out)"),
        ("group_outsider", "the same of the best contact not on the message, minus the recipient's"),
        ("group_total", "log weight of the past groups like this one"),
        ("pair_least", "least share of another recipient's groups that hold this one"),
        ("pair_mean", "mean of the same over the other recipients"),
        ("pair_never", "share of the other recipients never on a message with this one"),
        ("circle_mean", "mean share of the people known in common with another recipient"),
        ("circle_best", "the largest such share"),
        ("exact", "log messages sent to exactly these recipients"),
        ("exact_without", "log messages sent to exactly the other recipients"),
        ("set_with", "largest Jaccard similarity of a past group with the recipient"),
        ("set_without", "largest Jaccard similarity of the others to a past group without the recipient"),
    ),
    *_family(
        "address",
        ("near", "edits (Damerau-Levenshtein, at most 6) to the nearest known address", -1),
        ("near_relative", "the same over the length of the local part", -1),
        ("near_volume", "log mail exchanged with a known address within 3 edits", +1),
        ("same_local", "log mail with the same local part at another domain, -1 for none"),
        ("domain_near", "edits to the nearest known domain, 0 for a known one, 6 for far"),
        ("near_recipient", "edits to the nearest other recipient"),
        ("text_exact", "1 if the address stands in the text or a quoted header", -1),
        ("text_near", "edits to the nearest address in the text"),
        ("foreign", "1 if the address holds characters that pass for others", +1),
        ("name_elsewhere", "log mail with a contact of the same name at another address, -1 for none"),
        ("name_fits", "1 if the display name fits the address"),
    ),
    *_family(
        "thread",
        ("thread", "1 if the message continues a known conversation"),
        ("thread_in", "1 if the recipient took part in it"),
        ("thread_last", "1 if the recipient was on its latest message"),
        ("thread_sender", "1 if the recipient wrote its latest message"),
        ("thread_others", "share of the other recipients that took part"),
        ("thread_age", "log days since its latest message"),
        ("thread_since", "log days from the recipient's last part in it to its latest message"),
        ("thread_length", "log messages of the conversation"),
        ("thread_missing", "1 if who wrote its latest message is not a recipient"),
        ("thread_absent", "share of the people on its latest message who are not recipients"),
    ),
    *_family(
        "quoted",
        ("quoted_blocks", "log quoted header blocks"),
        ("quoted_from", "1 if a quoted From is the recipient"),
        ("quoted_outer", "1 if the outermost quoted From is the recipient"),
        ("quoted_to", "1 if a quoted To or Cc holds the recipient"),
        ("quoted_any", "1 if any quoted header names the recipient"),
        ("quoted_others", "share of the other recipients whom the quoted headers name"),
        ("quoted_answered", "1 if the outermost quoted sender is among the recipients"),
        ("quoted_missing", "1 if the outermost quoted sender is known and not among the recipients"),
        ("quoted_own", "1 if the outermost quoted sender is the owner"),
        ("quoted_apart", "1 if the outermost quoted sender, known or not, is neither owner nor recipient"),
        ("answered_apart", "1 if this is so and the message says that it answers"),
        ("greeted_quoted", "1 if the greeted name is that of this absent sender"),
        ("quoted_absent", "log people of the outermost quoted header who are not recipients"),
        (
            "unnamed_rate",
            "share of the quoting messages to the recipient whose quoted headers do not name it",
        ),
        ("quoted_circle", "largest share of a quoted person's groups that hold the recipient"),
        ("quoted_circle_outsider", "the same of the best contact not on the message, minus the recipient's"),
        ("passed", "share of the mail passed on from the quoted sender that went to the recipient"),
        ("passed_outsider", "share of the best contact not on the message minus the recipient's"),
        ("passed_total", "log weight of the mail passed on from the quoted sender"),
        ("owner_unnamed_rate", "share of the owner's quoting messages whose headers name no recipient"),
    ),
    *_family(
        "salutation",
        ("greeting", "1 if there is a greeting"),
        ("greeting_group", "1 if it greets a group"),
        ("greeted", "how well the greeted name fits the recipient, 0 to 1"),
        ("greeted_other", "how well it fits the best other recipient"),
        ("greeted_outsider", "how much better it fits somebody who is not on the message"),
        ("greeted_nobody", "1 if it fits no recipient"),
        ("greeted_names", "names in the greeting"),
        ("greets_varied", "different names by which the recipient is greeted, per greeting"),
        ("greets_usually", "share of the messages to the recipient alone that greet by name"),
    ),
    *_family(
        "mention",
        ("mentioned", "how surely the text names the recipient, 0 to 1"),
        ("mentioned_third", "the same where the recipient is not greeted: spoken of"),
        ("mentioned_other", "how surely the text names another recipient"),
        ("mentioned_outsider", "how surely the text names a contact who is not on the message"),
        ("spoken", "how surely the quoted text names the recipient, 0 to 1"),
        ("spoken_other", "how surely it names another recipient"),
        ("subject_named", "how surely the subject names the recipient"),
        ("address_in_text", "1 if the recipient's address stands in the text"),
    ),
    *_family(
        "content",
        ("topic_share", "share of the similar earlier mail that carries the recipient"),
        ("topic_nearest", "cosine of the nearest earlier message with the recipient"),
        ("topic_others", "share of the best other recipient minus the recipient's"),
        ("topic_outsider", "share of the best contact not on the message minus the recipient's"),
        ("lift", "mean positive log ratio of the terms' rates, mail with the recipient against mailbox"),
        ("coverage", "share of the term weight that ever stood in mail with the recipient"),
    ),
    *_family(
        "domain",
        ("domain_sent", "log messages sent to the recipient's domain"),
        ("domain_people", "log contacts at the recipient's domain"),
        ("own_organisation", "1 if the recipient is at the owner's organisation"),
        ("freemail", "1 if the domain is a provider of personal mailboxes"),
        ("same_organisation", "share of the other recipients at the recipient's organisation"),
        ("others_own", "share of the other recipients at the owner's organisation"),
        ("owner_name", "share of the owner's names that the recipient shares: own other address, family"),
        ("only_outsider", "1 if the recipient is the only one from outside"),
    ),
    *_family(
        "exposure",
        ("exposed", "log outside recipients in To and Cc"),
        ("exposed_pairs", "log pairs of them, of different organisations, that never shared a message"),
        ("exposed_share", "share of such pairs that never shared a message"),
    ),
    *_family(
        "alternatives",
        ("fit", "how well the recipient fits the message (ranker, log-odds scale)"),
        ("fit_rank", "recipients that fit better"),
        ("fit_margin", "fit of the best contact not on the message minus the recipient's"),
        ("fit_kin", "the same among contacts of like name or spelling"),
        ("fit_share", "softmax share of the recipient among itself and those not on the message"),
        ("fit_others", "mean fit of the other recipients minus the recipient's"),
        ("fit_best", "best fit among the recipients minus the recipient's"),
        ("fit_whole", "best fit of a contact not on the message minus the best recipient's"),
        ("fit_name", "best fit of a contact of like name or address minus the recipient's"),
        ("name_count", "contacts of like name or address who are not on the message"),
        *(
            (f"best_{name}", f"{name} of the best-fitting contact not on the message minus the recipient's")
            for name in COMPARED
        ),
        *(
            (f"name_{name}", f"{name} of the best-fitting one of like name or address minus the recipient's")
            for name in COMPARED
        ),
    ),
)

NAMES: tuple[str, ...] = tuple(feature.name for feature in TABLE)
FAMILIES: tuple[str, ...] = tuple(dict.fromkeys(feature.family for feature in TABLE))
ALTERNATIVES = NAMES.index("fit")
"""Column at which the features begin that follow from the ranker."""

DIRECTIONS: tuple[int, ...] = tuple(feature.direction for feature in TABLE)


def schema_digest() -> str:
    """Return a short digest of names, order and directions: a model fits one schema only."""
    text = "\n".join(f"{feature.name} {feature.family} {feature.direction}" for feature in TABLE)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def columns(family: str) -> list[int]:
    """Return the columns of one family."""
    return [index for index, feature in enumerate(TABLE) if feature.family == family]
