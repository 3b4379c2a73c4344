"""`oopsee models`: which model scores, whether it is in order, and the way back."""

from __future__ import annotations

import json as json_
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scanner.cli import options

if TYPE_CHECKING:
    from training.registry import Entry, Registry

app = typer.Typer(no_args_is_help=True, help="List, verify, activate and roll back models.")


BROKEN = 2
"""Exit code of `verify` where a model cannot be used."""

Json = Annotated[bool, typer.Option("--json", help="One JSON object per model.")]


@app.command(name="list")
def list_(*, json: Json = False, config: options.Config = None) -> None:
    """List every model with what it has learnt from and what it reaches; the one in use is marked with *."""
    entries = _registry(config).entries()
    if json:
        for entry in entries:
            typer.echo(json_.dumps(_plain(entry)))
    else:
        _table(entries)


@app.command()
def verify(
    name: Annotated[
        str | None, typer.Argument(help="The model; without it, every one.", show_default=False)
    ] = None,
    *,
    json: Json = False,
    config: options.Config = None,
) -> None:
    """Check that the files of a model are those that its manifest describes, and nobody else's to write.

    Nothing of the model is run. Ends with exit code 2 where one cannot be used.
    """
    registry = _registry(config)
    entries = registry.entries() if name is None else [registry.entry(name)]
    for entry in entries:
        typer.echo(json_.dumps(_plain(entry)) if json else _line(entry))
    if any(entry.problem for entry in entries):
        raise typer.Exit(BROKEN)


@app.command()
def activate(
    name: Annotated[
        str, typer.Argument(help="The model to use; 'shipped' is the one that came with Oopsee.")
    ],
    *,
    config: options.Config = None,
) -> None:
    """Use a model from now on. A running daemon takes it up by itself."""
    before = _registry(config).activate(name)
    typer.echo(f"{name} is in use, in the place of {before}.")


@app.command()
def rollback(*, config: options.Config = None) -> None:
    """Go back to the model that was in use before."""
    left, now = _registry(config).rollback()
    typer.echo(f"{now} is in use again, in the place of {left}.")


@app.command()
def sign(
    name: Annotated[str, typer.Argument(help="A model of your own that `oopsee train` has made here.")],
    *,
    config: options.Config = None,
) -> None:
    """Say that a model was made here: sign it with the key of this installation.

    New models are signed by themselves. This is for models from before, and where the key was lost.
    Do it only for a model that you trained yourself: a model file is code.
    """
    _registry(config).sign(name)
    typer.echo(f"{name} is signed.")


def _registry(config: Path | None) -> Registry:
    from training.registry import Registry

    settings = options.settings_from(config)
    return Registry(settings.model_dir, settings.model_key)


def _state(entry: Entry) -> str:
    if entry.problem is not None:
        return str(entry.problem)
    manifest = entry.manifest or {}
    made = str(manifest.get("trained", ""))
    fitted = "; fitted again here, because scikit-learn differs" if entry.refitted else ""
    return f"in order{f', made {made[:10]}' if made else ''}{fitted}"


def _line(entry: Entry) -> str:
    remedy = f" What to do: {entry.problem.remedy}" if entry.problem is not None else ""
    return f"{'FAIL' if entry.problem else 'ok'} {entry.name}: {_state(entry)}{remedy}"


def _plain(entry: Entry) -> dict[str, Any]:
    manifest = entry.manifest or {}
    own = manifest.get("own", {})
    return {
        "name": entry.name,
        "active": entry.active,
        "usable": entry.problem is None,
        "problem": str(entry.problem) if entry.problem else None,
        "remedy": entry.problem.remedy if entry.problem else None,
        "refitted": entry.refitted,
        "schema": manifest.get("schema"),
        "scikit_learn": manifest.get("scikit-learn"),
        "labels": own.get("labels", 0),
        "evidence": own.get("evidence", 0),
        "own_mail": own.get("mail", 0),
        "figures": manifest.get("figures", {}),
        "directory": str(entry.path),
    }


def _table(entries: list[Entry]) -> None:
    from rich.table import Table

    from scanner.cli.terminal import console, words

    table = Table("", "model", "labels", "own mail", "recall", "state")
    for entry in entries:
        plain = _plain(entry)
        table.add_row(
            "*" if entry.active else "",
            words(entry.name),
            str(plain["labels"]) if entry.manifest else "",
            str(plain["own_mail"]) if entry.manifest else "",
            _recall(plain["figures"]),
            words(_state(entry), 300),
        )
    console().print(table)


def _recall(figures: dict[str, Any]) -> str:
    """Recall at the budget, as `oopsee train` has measured it; the shipped model's stand in its card."""
    try:
        budget = figures["budget"]
        return f"{figures['candidate']['recall'][f'{budget:g}']:.3f} at {budget:g} in 1,000"
    except (KeyError, TypeError):
        return ""
