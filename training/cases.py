"""All cases of a corpus, replayed mailbox by mailbox on all cores."""

from __future__ import annotations

from typing import TYPE_CHECKING

from joblib import Parallel, delayed

from training.dataset import replay

if TYPE_CHECKING:
    from collections.abc import Sequence

    from training.corpora import Mailbox
    from training.dataset import Case


def replay_all(
    boxes: Sequence[Mailbox],
    *,
    seed: int = 0,
    both_modes: bool = False,
    baselines: bool = False,
    jobs: int = -1,
) -> list[Case]:
    """Return the cases of all mailboxes in their order, the same for the same seed."""
    runs = Parallel(n_jobs=jobs, return_as="generator")(
        delayed(replay)(box, seed=seed, both_modes=both_modes, baselines=baselines) for box in boxes
    )
    return [case for cases in runs for case in cases]
