"""`oopsee train`: a model that has learnt from one's own labels, used only if it is no worse."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scanner.cli import options

if TYPE_CHECKING:
    from scanner.audit import Past
    from scanner.cli.progress import Show
    from scanner.cli.taught import Taught
    from scanner.detect.classifier import Rows
    from scanner.settings import Mailbox as Box
    from scanner.settings import Settings
    from training.promotion import Comparison
    from training.registry import Registry
    from training.retrain import How, Own


def train(
    *,
    sources: Annotated[
        list[Path] | None,
        typer.Option(
            "--from",
            metavar="SOURCE",
            help="Your own mail, to simulate mistakes on and to look for corrections in: Maildir, mbox,"
            " folder of .eml, .jsonl[.gz]; once more for each.",
            show_default=False,
        ),
    ] = None,
    from_mailbox: Annotated[
        bool,
        typer.Option(
            "--from-mailbox",
            help="Read your mailbox from its server and look for corrections in it: mail that you took back,"
            " that came back, that a recipient said was not for them.",
        ),
    ] = False,
    me: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ADDRESS",
            help="Whose mail --from is; once more for each alias. Without it, the mailbox's owner.",
            show_default=False,
        ),
    ] = None,
    promote: Annotated[
        bool, typer.Option(help="Use the new model if it is no worse; without, only train and compare.")
    ] = True,
    seed: Annotated[int, typer.Option(min=0, help="The same seed and data give the same model.")] = 0,
    jobs: Annotated[int, typer.Option(min=0, help="Processes; 0 is one for each core.")] = 0,
    config: options.Config = None,
    mailbox: options.MailboxName = None,
) -> None:
    """Train the model on your labels, compare it with the one in use, and use it if it is no worse.

    It starts from the feature rows that Oopsee carries. What later mail shows of earlier mail is
    labelled too, with less weight, and never against your own word. The comparison is made by
    cross-validation over the carried mailboxes and on your own later labels, which were kept from it.
    With fewer than 20 clearly labelled messages no model is promoted.
    """
    from scanner.cli import progress, taught, wiring
    from scanner.detect.model import fitted_on, shipped_dir
    from scanner.detect.origin import as_pinned
    from training.candidate import save
    from training.promotion import LEAST_LABELS, compare, too_few
    from training.registry import Registry
    from training.retrain import How, fits, own_examples, retrain
    from training.signs import clear, tamed

    settings = options.settings_from(config)
    boxes = [options.one_mailbox(settings, mailbox)] if mailbox is not None else list(settings.mailbox)
    owner = _owner(me or [], boxes) if sources else frozenset()
    with progress.shown() as show:
        pasts = _pasts(settings, boxes, sources or [], owner, show, server=from_mailbox)
        replayed = [taught.replayed(past, whose, settings, show) for past, whose in pasts.values()]
    lessons = taught.lessons(settings, boxes, replayed, needed=not pasts, now=wiring.now())
    examples = tamed(lessons.joined.examples)
    count = clear(examples)
    typer.echo(_usable(lessons, len(examples), count))
    if promote and count < LEAST_LABELS:
        typer.echo(f"{too_few(count)} Nothing was trained; the model in use stays.")
        return
    registry = Registry(settings.model_dir, settings.model_key)
    how = How(seed=seed, jobs=jobs or -1)
    with progress.shown() as show:
        manifest, base = fitted_on(shipped_dir(), as_pinned)
        _numbered(base)
        known = {one.message_id for one in examples}
        mail = _mail(pasts[FILES], manifest["ranker"], known, how, show) if FILES in pasts else None
        own = own_examples(examples, base, mail)
        if not own.dates:
            typer.echo("There is nothing to learn from. Nothing was trained; the model in use stays.")
            return
        step = show.steps("Fitting", fits(how))
        found = retrain(base, own, _current(registry, show), how=how, done=step)
        comparison = compare(base, found, labels=count, budget=settings.policy.alerts_per_1000, seed=seed)
        name = save(
            registry, found, base=base, manifest=manifest, own=own, comparison=comparison,
            day=wiring.now().date(), seed=seed,
        )  # fmt: skip
    _show(comparison, name, registry.active)
    _decide(registry, name, comparison, promote=promote)


FILES = "files"
"""The past that mistakes are simulated on."""


def _pasts(
    settings: Settings,
    boxes: Sequence[Box],
    sources: Sequence[Path],
    owner: frozenset[str],
    show: Show,
    *,
    server: bool,
) -> dict[str, tuple[list[Past], frozenset[str]]]:
    """The mail that was asked for and whose it is: that of files and of one mailbox is one past."""
    from itertools import chain

    from scanner.cli import past
    from scanner.errors import UsageError
    from scanner.message.owner import Owner

    if not server:
        return {FILES: (past.ordered(past.from_files(sources, show), owner, show), owner)} if sources else {}
    if not sources:
        found: dict[str, tuple[list[Past], frozenset[str]]] = {}
        for box in boxes:
            whose = Owner(box.owner, separators=box.tag_separator)
            found[box.name] = (past.ordered(past.from_server(settings, box, show), whose, show), whose)
        return found
    if len(boxes) > 1:
        message = "--from and --from-mailbox together are the mail of one mailbox."
        raise UsageError(message, remedy="Choose one with --mailbox.")
    (box,) = boxes
    whose = Owner((*owner, *box.owner), separators=box.tag_separator)
    items = chain(past.from_files(sources, show), past.from_server(settings, box, show))
    return {FILES: (past.ordered(items, whose, show), whose)}


def _usable(lessons: Taught, usable: int, sure: int) -> str:
    """What was found in the past, how many labels can be learnt from, and why the others cannot."""
    joined = lessons.joined
    lines = [*lessons.found, f"{usable} labelled messages can be learnt from."]
    spoken = sum(bool((~one.signs).any()) for one in joined.examples)
    if by_mail := usable - spoken:
        lines.append(
            f"{by_mail} of these are labelled by later mail and not by you; {sure - spoken} of them clearly"
            " enough to count for a promotion."
        )
    for count, why in (
        (joined.unscored, "have not been scored, so that nothing is known of them"),
        (joined.other_features, "were scored by a version with other features"),
        (joined.by_rules, "were scored by rules alone"),
        (joined.nobody, "name nobody who is a recipient"),
        (len(joined.examples) - usable, "are left out, since later mail says enough of the same recipient"),
    ):
        if count:
            lines.append(f"{count} more {why}.")
    return "\n".join(lines)


def _numbered(base: Rows) -> None:
    from scanner.errors import ModelError

    if len(base.messages) != len(base.labels):
        message = "The feature rows of the shipped model do not say which message they are of."
        raise ModelError(message, meaning="Nothing was trained.", remedy="Reinstall Oopsee.")


def _owner(me: Sequence[str], boxes: Sequence[Box]) -> frozenset[str]:
    from scanner.errors import UsageError
    from scanner.message.owner import Owner

    owner: frozenset[str] = Owner(me)
    if not owner and len(boxes) == 1:
        owner = boxes[0].owner
    if not owner or not all("@" in address for address in owner):
        message = "Each --me must be an address." if owner else "Whose mail is --from?"
        raise UsageError(message, remedy="Name the owner: --me anna@example.org, once more for each alias.")
    return owner


def _mail(
    found: tuple[Sequence[Past], frozenset[str]], ranker: Sequence[float], known: AbstractSet[str],
    how: How, show: Show,
) -> Own:  # fmt: skip
    """Simulated mistakes on one's own mail, messages of which something is known left out."""
    import numpy as np

    from training.corpora import Mailbox
    from training.own_mail import simulated

    past, owner = found
    mail = tuple((one.message, one.sent) for one in past)
    step = show.steps("Simulating mistakes", 1)
    own = simulated(Mailbox("own", owner, mail), np.array(ranker), labelled=known, seed=how.seed)
    step()
    return own


def _current(registry: Registry, show: Show) -> Own:
    """What the model in use was trained on beside the base rows; one that is broken counts as the base."""
    from scanner.detect.model import SHIPPED
    from scanner.errors import ModelError
    from training.retrain import Own, own_of

    if registry.active != SHIPPED:
        try:
            manifest, rows = registry.fitted_on(registry.active)
            return own_of(rows, manifest)
        except ModelError as error:
            show.warn(f"{error} The comparison is with the shipped model instead.")
    return Own()


def _show(comparison: Comparison, name: str, current: str) -> None:
    """Both models, side by side."""
    from rich.table import Table

    from scanner.cli.terminal import console

    table = Table("on mail that neither has learnt from", f"new: {name}", f"in use: {current}")
    new, old = comparison.candidate, comparison.current
    for rate, value in new.recall.items():
        text = f"mistakes found at {rate:g} false alerts in 1,000"
        table.add_row(
            text, f"{value:.3f}", f"{old.recall[rate]:.3f}", style="bold" * (rate == comparison.budget)
        )
    if comparison.later:
        text = f"right of your {comparison.later} later labels"
        table.add_row(text, str(new.right), str(old.right))
    for text, one, other in (
        ("mistakes found in your own later mail", new.own_recall, old.own_recall),
        ("false alerts in 1,000 of your own later mail", new.own_false, old.own_false),
    ):
        if one is not None and other is not None:
            table.add_row(text, f"{one:.3g}", f"{other:.3g}")
    out = console()
    out.print(table)
    out.print(
        f"By chance alone, two equally good models may differ by {comparison.noise:.3f} at"
        f" {comparison.budget:g} in 1,000 (bootstrap over mailboxes, one in twenty falls further)."
    )


def _decide(registry: Registry, name: str, comparison: Comparison, *, promote: bool) -> None:
    for objection in comparison.objections:
        typer.echo(objection)
    if comparison.objections or not promote:
        typer.echo(f"Not promoted: the model in use stays. The new one is kept as {name}.")
        return
    registry.activate(name)
    typer.echo(f"Promoted: {name} is used from now on. `oopsee models rollback` undoes it.")
