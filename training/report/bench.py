"""One benchmark: corpus, cases and scores, each made once, or taken from the work folder."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from joblib import Parallel, delayed
from threadpoolctl import threadpool_limits

from scanner.detect.classifier import SETTINGS
from scanner.errors import UsageError
from training.corpora import mailboxes
from training.corpora.owners import TEACHING_SENT
from training.dataset import replay
from training.fitting import fit, folds, held_out_scores
from training.report.packing import pack, pack_scores, unpack, unpack_scores
from training.report.sources import EVERYTHING, FITTING, REPLAY, code, corpus_digest, digest
from training.report.work import Work

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from training.corpora import Mailbox
    from training.dataset import Case
    from training.fitting import Detector
    from training.report.progress import Progress

FOLDS = 3
OWNER = "owner"
FIRST = 10
TEACHER_FIRST = 6
"""So many sent messages of a mailbox only fill its history; fewer where there are few."""

_LEAST_OWNERS = FOLDS


@dataclass(frozen=True)
class Bench:
    """What the stages share. Owners go by number, most messages first: their names are nobody's business.

    `trees` are settings of the classifier beside the usual ones; `jobs` processes for the replay
    (-1: one for each core), `threads` fits side by side, since the cases are too large for a copy.
    """

    corpus: Path
    seed: int
    jobs: int
    work: Work
    progress: Progress
    trees: Mapping[str, Any] = field(default_factory=dict)
    threads: int = 2
    _detectors: dict[frozenset[str], Detector] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        corpus: Path,
        folder: Path,
        *,
        seed: int,
        jobs: int,
        progress: Progress,
        trees: Mapping[str, Any] | None = None,
    ) -> Bench:
        """Return the benchmark of a corpus and seed, with its own folder below `folder`."""
        work = Work(folder / digest(corpus_digest(corpus), seed))
        return cls(corpus, seed, jobs, work, progress, trees or {})

    @cached_property
    def sha256(self) -> str:
        """The digest of the corpus."""
        return corpus_digest(self.corpus)

    @cached_property
    def _all_boxes(self) -> list[Mailbox]:
        with self.progress.stage("read"):
            return mailboxes(self.corpus, least=TEACHING_SENT)

    @property
    def teachers(self) -> list[Mailbox]:
        """The mailboxes too small to be measured: every detector learns from them."""
        return [box for box in self._all_boxes if not box.measured]

    @cached_property
    def boxes(self) -> list[Mailbox]:
        """The mailboxes that are measured; raises UsageError where there are too few to hold any out."""
        found = [box for box in self._all_boxes if box.measured]
        if len(found) < _LEAST_OWNERS:
            raise UsageError(
                f"The corpus {self.corpus} holds {len(found)} usable mailboxes.",
                meaning=f"{_LEAST_OWNERS} are needed: each is scored by a detector that never saw it.",
                remedy="Give more mailboxes, or larger ones.",
            )
        return found

    @cached_property
    def numbered_boxes(self) -> list[Mailbox]:
        """The mailboxes by the names that their owners have in the cases."""
        return [replace(box, name=owner_name(number)) for number, box in enumerate(self.boxes)]

    @cached_property
    def sent(self) -> list[int]:
        """How many messages each owner sent."""
        key = self.replay_key
        found = self.work.load("owners", key)
        if found is None:
            found = {"sent": [box.sent for box in self.boxes], "teachers": len(self.teachers)}
            self.work.save("owners", key, found)
        return [int(count) for count in found["sent"]]

    @property
    def owners(self) -> list[str]:
        """The owners' names here: their numbers."""
        return [owner_name(number) for number in range(len(self.sent))]

    @cached_property
    def replay_key(self) -> str:
        """What the cases depend on."""
        return digest("replay", self.sha256, self.seed, code(REPLAY))

    @cached_property
    def scores_key(self) -> str:
        """What the scores depend on."""
        return digest("scores", self.replay_key, code(FITTING), {**SETTINGS, **self.trees})

    def stage_key(self, name: str) -> str:
        """Return what the figures of a stage depend on."""
        return digest("stage", name, self.scores_key, code(EVERYTHING))

    @cached_property
    def cases(self) -> list[Case]:
        """All cases, owner by owner; whoever has been replayed already is read from the work folder."""
        cases = self._replayed("owner", len(self.sent))
        clean = sum(not case.stratum for case in cases)
        self.progress.say(f"{len(self.sent)} owners, {len(cases)} cases, {clean} of them clean")
        return cases

    @cached_property
    def teaching(self) -> list[Case]:
        """The cases of the mailboxes that are not measured."""
        found = self.work.load("owners", self.replay_key)
        count = len(self.teachers) if found is None else int(found["teachers"])
        return self._replayed("teacher", count)

    def _replayed(self, kind: str, count: int) -> list[Case]:
        numbers = range(count)
        found = {number: self._stored(kind, number) for number in numbers}
        missing = [number for number in numbers if found[number] is None]
        if missing:
            with self.progress.stage(f"replay ({kind}s)", len(missing)) as done:
                boxes = self.boxes if kind == OWNER else self.teachers
                runs = Parallel(n_jobs=self.jobs, return_as="generator_unordered")(
                    delayed(_replay)(boxes[number], kind, number, self.seed, self.work, self.replay_key)
                    for number in missing
                )
                for number in runs:
                    found[number] = self._stored(kind, number)
                    done()
        return [case for number in numbers for case in found[number] or ()]

    def _stored(self, kind: str, number: int) -> list[Case] | None:
        arrays = self.work.load_arrays(_file(kind, number), self.replay_key)
        return None if arrays is None else unpack(arrays, owner_name(number, kind))

    @cached_property
    def scores(self) -> list[NDArray[np.float64]]:
        """Raw log-odds of every recipient of every case, by a detector that never saw the owner."""
        arrays = self.work.load_arrays("scores", self.scores_key)
        if arrays is None:
            cases = self.cases
            self.teaching  # noqa: B018 - replayed before the folds run side by side
            with self.progress.stage("scores", FOLDS) as done:

                def train(part: Sequence[Case]) -> Detector:
                    detector = self._fit(part)
                    done()
                    return detector

                found = held_out_scores(cases, count=FOLDS, jobs=self.threads, train=train)
            arrays = pack_scores(found)
            self.work.save_arrays("scores", self.scores_key, arrays)
        return unpack_scores(arrays)

    def detector_without(self, box: Mailbox) -> Detector:
        """Return the detector that scored this owner: it never saw them, nor the others of their fold."""
        number = self.boxes.index(box)
        held = folds(self.owners, FOLDS)[number % FOLDS]
        others = frozenset(self.owners) - held
        if others not in self._detectors:
            with self.progress.stage("fit"), threadpool_limits(1):
                self._fit([case for case in self.cases if case.owner in others])
        return self._detectors[others]

    def _fit(self, cases: Sequence[Case]) -> Detector:
        detector = fit([*cases, *self.teaching], **self.trees)
        self._detectors[frozenset(case.owner for case in cases)] = detector
        return detector


def owner_name(number: int, kind: str = OWNER) -> str:
    """Return what an owner is called in a report."""
    return f"{kind} {number + 1}"


def _file(kind: str, number: int) -> str:
    return f"replay-{number:04d}" if kind == OWNER else f"teacher-{number:04d}"


def _replay(box: Mailbox, kind: str, number: int, seed: int, work: Work, key: str) -> int:
    """Replay one mailbox in a process of its own; the cases go to the work folder, not to the caller."""
    first = FIRST if box.measured else TEACHER_FIRST
    cases = replay(box, seed=seed, first=first, baselines=box.measured)
    work.save_arrays(_file(kind, number), key, pack(cases))
    return number
