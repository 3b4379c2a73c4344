"""What is lost without a stratum among the mistakes learnt from, or without a family of features.

On the owners of one fold, with fewer trees than the detector's: differences count here, not levels.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from joblib import Parallel, delayed
from threadpoolctl import threadpool_limits

from scanner.detect.classifier import fit_classifier
from scanner.detect.features.extract import complete
from scanner.detect.features.table import FAMILIES, columns
from training.evaluation import RATES
from training.fitting import fit, folds, teaching_rows
from training.leaks import STRATA
from training.publish import owner_numbers
from training.ranker import fit_ranker
from training.report.bench import FOLDS
from training.report.recall import ALL, SEVEN, Recalls, messages, plain_table
from training.report.sources import FITTING, code, digest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from training.dataset import Case
    from training.fitting import Detector
    from training.report.bench import Bench

TREES = 120
"""Boosted trees of these fits, where the caller has not said how many."""

_CODE = (*FITTING, "training.evaluation", "training.report.recall")
NOTHING = "nothing"


def without_strata(bench: Bench) -> dict[str, Any]:
    """Return for each stratum its recall with and without mistakes of its kind to learn from."""
    cases = bench.cases
    held = folds(bench.owners, FOLDS)[0]
    test = [case for case in cases if case.owner in held]
    present = sorted({case.stratum for case in test} - {0})

    def without(name: str) -> dict[str, Any]:
        left = 0 if name == NOTHING else int(name)
        others = [*(case for case in cases if case.owner not in held), *bench.teaching]
        train = [case for case in others if not (left and case.stratum == left)]
        shown = [case for case in test if not left or case.stratum in {0, left}]
        with threadpool_limits(1):
            detector = fit(train, **_trees(bench))
        return _recall(shown, detector, bench.seed, None if not left else [f"{left} {STRATA[left]}"])

    found = _each(bench, "strata", [NOTHING, *map(str, present)], without)
    return {
        STRATA[number]: {
            "stratum": number,
            "with": found[NOTHING][f"{number} {STRATA[number]}"],
            "without": found[str(number)][f"{number} {STRATA[number]}"],
        }
        for number in present
    }


def without_families(bench: Bench) -> dict[str, Any]:
    """Return the pooled recall without each family of features; its columns are blank, the ranker stays."""
    cases = bench.cases
    held = folds(bench.owners, FOLDS)[0]
    train = [*(case for case in cases if case.owner not in held), *bench.teaching]
    test = [case for case in cases if case.owner in held]
    prepared: list[Any] = []

    def prepare() -> Any:  # noqa: ANN401 - rows to fit on, rows to score, where each message ends
        if not prepared:
            ranker = fit_ranker(train)
            owners = owner_numbers(train)
            parts = [complete(case.numbers, ranker).astype(np.float32) for case in test]
            ends = np.cumsum([len(part) for part in parts])[:-1]
            prepared.extend((teaching_rows(train, ranker, owners), np.concatenate(parts), ends))
        return prepared

    def without(name: str) -> dict[str, Any]:
        rows, shown, ends = prepared
        blank = columns(name) if name != NOTHING else []
        with threadpool_limits(1):
            classifier = fit_classifier(replace(rows, rows=_blanked(rows.rows, blank)), **_trees(bench))
            raw = classifier.decision(_blanked(shown, blank).astype(np.float64))
        marked = messages(test, np.split(raw, ends))
        return plain_table(Recalls(marked).table(RATES, seed=bench.seed, only=(SEVEN, ALL)), RATES)

    return _each(bench, "families", [NOTHING, *FAMILIES], without, prepare)


def settings(bench: Bench) -> str:
    """Return in words how these fits differ from the detector's."""
    return f"One fold of {FOLDS} (a third of the owners), {_trees(bench)['max_iter']} trees."


def _trees(bench: Bench) -> dict[str, Any]:
    return {"max_iter": TREES, "forests": 1, "network": False, **bench.trees}


def _blanked(rows: NDArray[np.float32], blank: Sequence[int]) -> NDArray[np.float32]:
    if not blank:
        return rows
    rows = rows.copy()
    rows[:, list(blank)] = 0.0
    return rows


def _recall(
    cases: Sequence[Case], detector: Detector, seed: int, only: Sequence[str] | None
) -> dict[str, Any]:
    marked = messages(cases, detector.score(cases))
    return plain_table(Recalls(marked).table(RATES, seed=seed, only=only), RATES)


def _each(
    bench: Bench,
    stage: str,
    names: Sequence[str],
    find: Callable[[str], dict[str, Any]],
    prepare: Callable[[], object] = lambda: None,
) -> dict[str, dict[str, Any]]:
    """Return name -> what `find` says, each kept in the work folder as soon as it is there."""
    keys = {name: digest(stage, name, bench.scores_key, code(_CODE), _trees(bench)) for name in names}
    found = {name: bench.work.load(f"{stage}-{name}", keys[name]) for name in names}
    missing = [name for name in names if found[name] is None]
    if missing:
        with bench.progress.stage(stage, len(missing)) as done:
            prepare()

            def run(name: str) -> tuple[str, dict[str, Any]]:
                result = find(name)
                bench.work.save(f"{stage}-{name}", keys[name], result)
                return name, result

            runs = Parallel(n_jobs=bench.threads, prefer="threads", return_as="generator_unordered")(
                delayed(run)(name) for name in missing
            )
            for name, result in runs:
                found[name] = result
                done()
    return {name: result for name, result in found.items() if result is not None}
