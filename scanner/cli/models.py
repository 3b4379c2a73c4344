"""`oopsee models`: which model scores, whether it is in order, and the way back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scanner.cli import options

if TYPE_CHECKING:
    from training.registry import Entry, Registry

app = typer.Typer(no_args_is_help=True, help="List, verify, activate and roll back models.")


@app.command(name="list")
def list_(*, config: options.Config = None) -> None:
    """List every model; the one in use is marked with *."""
    from scanner.cli.terminal import console, words

    out = console()
    for entry in _registry(config).entries():
        mark = "*" if entry.active else ""
        out.print(words(f"{mark} {entry.name}: {_state(entry)}", 300, indent=0 if mark else 2))


@app.command()
def verify(
    name: Annotated[
        str | None, typer.Argument(help="The model; without it, every one.", show_default=False)
    ] = None,
    *,
    config: options.Config = None,
) -> None:
    """Check that the files of a model are those that its manifest describes."""
    from scanner.cli.terminal import console, words

    registry = _registry(config)
    out = console()
    entries = registry.entries() if name is None else [registry.entry(name)]
    for entry in entries:
        out.print(words(f"{'FAIL' if entry.problem else 'ok'} {entry.name}: {_state(entry)}", 300))
    for entry in entries:
        if entry.problem is not None:
            raise entry.problem


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


def _registry(config: Path | None) -> Registry:
    from training.registry import Registry

    return Registry(options.settings_from(config).model_dir)


def _state(entry: Entry) -> str:
    if entry.problem is not None:
        return str(entry.problem)
    manifest = entry.manifest or {}
    made = str(manifest.get("made", manifest.get("date", "")))
    fitted = "; fitted again here, because scikit-learn differs" if entry.refitted else ""
    return f"in order{f', made {made[:10]}' if made else ''}{fitted}"
