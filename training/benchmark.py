"""`python -m training.benchmark CORPUS`: how well mistakes are found, on owners never seen.

Figures, tables and plots go to `--output`. An interrupted run goes on from what is in `--work`.
With `--publish DIR` the model is fitted on all owners and written there with its card.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scanner.errors import ScannerError
from training.publish import publish
from training.report.bench import Bench
from training.report.card import manifest_figures, model_card, report
from training.report.progress import Progress
from training.report.stages import NAMES, STAGES, run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from training.report.stages import Stage

WORK = Path(".benchmark")
OUTPUT = Path("docs/benchmark")

_INTERRUPTED = 130
"""What a shell says of a command that was interrupted: 128 and the number of the signal."""


def main(arguments: Sequence[str] | None = None, *, trees: Mapping[str, Any] | None = None) -> int:
    """Run the benchmark; return the exit code. `trees` are settings of the classifier, for tests."""
    options = _parser().parse_args(arguments)
    if not options.corpus.exists():
        return _sorry(f"There is no corpus {options.corpus}.")
    chosen = [
        stage
        for stage in STAGES
        if (not options.only or stage.name in options.only) and stage.name not in options.skip
    ]
    progress = Progress()
    try:
        bench = Bench.of(
            options.corpus,
            options.work,
            seed=options.seed,
            jobs=options.jobs,
            progress=progress,
            trees=trees,
        )
        with bench.work.lock():
            _run(bench, chosen, options.output, options.publish)
    except ScannerError as error:
        return _sorry(" ".join(filter(None, (str(error), error.meaning, error.remedy))), error.exit_code)
    except KeyboardInterrupt:
        return _sorry("Interrupted: the same command goes on from here.", _INTERRUPTED)
    return 0


def _run(bench: Bench, stages: Sequence[Stage], output: Path, publish_to: Path | None) -> None:
    results = {}
    for number, stage in enumerate(stages, 1):
        bench.progress.say(f"{number} of {len(stages)}: {stage.name}")
        results[stage.name] = run(bench, stage)
    data = {
        "owners": len(bench.owners),
        "sent": sum(bench.sent),
        "cases": len(bench.cases),
        "clean": sum(not case.stratum for case in bench.cases),
        "seed": bench.seed,
        "sha256": bench.sha256,
    }
    output.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"corpus": data, **results}, indent=1, sort_keys=True)
    (output / "results.json").write_text(text + "\n", "utf-8")
    plots = _plots(bench, results, output)
    lines = report(stages, results, data, plots)
    (output / "tables.md").write_text("\n".join(lines), "utf-8")
    print("\n".join(lines))  # noqa: T201 - this is what the command is for
    if publish_to:
        with bench.progress.stage("publish"):
            figures = {"data": data, "figures": manifest_figures(results)}
            publish(
                bench.cases,
                publish_to,
                name="shipped",
                data=figures,
                held_out=bench.scores,
                teaching=bench.teaching,
            )
            card = model_card(stages, results, data)
            (publish_to / "MODEL_CARD.md").write_text("\n".join(card), "utf-8")
    bench.work.save("times", "0" * 16, {name: round(took, 1) for name, took in bench.progress.took.items()})
    bench.progress.say(f"Figures, tables and plots are in {output}.")


def _plots(bench: Bench, results: Mapping[str, Any], output: Path) -> list[Path]:
    try:
        # Plots are for who develops: nobody else needs the library.
        from training.report.plots import draw  # noqa: PLC0415
    except ModuleNotFoundError:
        bench.progress.say("No plots: they need matplotlib, which `pip install -e '.[dev]'` brings.")
        return []
    return draw(results, output)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m training.benchmark",
        description=(__doc__ or "").replace("`", ""),
        epilog=f"STAGES, separated by commas: {', '.join(NAMES)}.",
    )
    parser.add_argument(
        "corpus", type=Path, help="JSON Lines of the scan contract, mbox, Maildir or a folder of them"
    )
    parser.add_argument("--seed", type=int, default=0, help="seed of the simulated mistakes")
    parser.add_argument("--jobs", type=int, default=-1, help="processes, all cores by default")
    parser.add_argument("--publish", type=Path, metavar="DIR", help="write the model and its card there")
    parser.add_argument("--output", type=Path, metavar="DIR", default=OUTPUT, help=f"default: {OUTPUT}")
    parser.add_argument("--work", type=Path, metavar="DIR", default=WORK, help=f"default: {WORK}")
    parser.add_argument("--only", type=_stages, metavar="STAGES", default=(), help="measure these alone")
    parser.add_argument("--skip", type=_stages, metavar="STAGES", default=(), help="leave these out")
    return parser


def _stages(text: str) -> tuple[str, ...]:
    names = tuple(filter(None, (name.strip() for name in text.split(","))))
    for name in names:
        if name not in NAMES:
            what = f"there is no stage {name!r}; there are: {', '.join(NAMES)}"
            raise argparse.ArgumentTypeError(what)
    return names


def _sorry(text: str, code: int = 2) -> int:
    print(text, file=sys.stderr)  # noqa: T201 - what a user has to know
    return code


if __name__ == "__main__":
    sys.exit(main())
