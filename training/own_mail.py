"""Simulated mistakes on one's own mail, as rows to fit on beside the base rows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from training.dataset import replay
from training.fitting import teaching_rows
from training.retrain import Own

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from numpy.typing import NDArray

    from training.corpora import Mailbox

OWN_MAIL = -2
"""The owner number of simulated rows of one's own mail."""

MAIL_WEIGHT = 3.0
"""What a message of one's own weighs, in base messages (docs/experiments.md, Retraining)."""


def simulated(
    mailbox: Mailbox,
    ranker: NDArray[np.float64],
    *,
    labelled: AbstractSet[str] = frozenset(),
    seed: int = 0,
) -> Own:
    """Return the rows of one's own sent mail, as it was and with simulated mistakes.

    Messages whose id (digest where they have none) stands in `labelled` are left out, since more is
    known of them, and so are undated ones. The rows are as `ranker` makes them.
    """
    sent = [message for message, was_sent in mailbox.mail if was_sent]
    cases = [
        case
        for case in replay(mailbox, seed=seed)
        if (message := sent[case.ordinal]).date is not None
        and (message.message_id or message.digest) not in labelled
    ]
    if not any(case.stratum for case in cases):
        return Own()
    rows = teaching_rows(cases, ranker, {mailbox.name: OWN_MAIL})
    dates = tuple(date.timestamp() if (date := sent[case.ordinal].date) else 0.0 for case in cases)
    return Own(replace(rows, weights=rows.weights * np.float32(MAIL_WEIGHT)), dates)
