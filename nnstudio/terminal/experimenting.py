"""`nnstudio experiment`: what a course shows in a lecture, on the model in hand; the figures as text, JSON or pictures."""

from argparse import Namespace
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from nnstudio.engine.threads import settle_threads
from nnstudio.experiments.table import EXPERIMENTS, Experiment
from nnstudio.figures import Figure, Note
from nnstudio.params import form_fields
from nnstudio.problems import NNStudioError, Problem
from nnstudio.project.edits import apply
from nnstudio.project.setting import setting
from nnstudio.replies_experiments import Outcome
from nnstudio.terminal.opening import load_plugins, open_project, pair
from nnstudio.terminal.output import OK, say, say_json, table, tell

PICTURES = (".png", ".svg")


def experiment(options: Namespace) -> int:
    """List the experiments, describe one, or make it."""
    if not options.name:
        return _list(as_json=options.json)
    if options.params:
        return _describe(options)
    _check_picture(options.picture)
    settle_threads()
    from nnstudio.experiments.bench import Bench
    from nnstudio.experiments.perform import perform

    registry = load_plugins(options).registry
    project = None
    if options.project:
        project, _ = open_project(options.project, registry)
        for text in options.set:
            name, value = pair(text, "--set", "recipe.seed=1")
            project = apply(project, setting(project, registry, name, value))
    values = dict(pair(text, "--param", "steps=100") for text in options.param)
    found = perform(options.name, project, values, Bench(registry))
    if options.json:
        say_json(outcome_json(found))
    else:
        _say(found)
    if options.picture is not None:
        for path in _pictures(found, options.picture):
            tell(f"written: {path}")
    return OK


def outcome_json(found: Outcome) -> dict[str, Any]:
    """An outcome as JSON has it; each figure a table with its kind."""
    values = {item.name: getattr(found, item.name) for item in fields(found)}
    return {**values, "figures": [_plain(figure) for figure in found.figures], "suggestion": _plain(found.suggestion)}


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {
            "kind": type(value).__name__,
            **{item.name: _plain(getattr(value, item.name)) for item in fields(value)},
        }
    return [_plain(item) for item in value] if isinstance(value, tuple) else value  # pyright: ignore[reportUnknownVariableType]


def _say(found: Outcome) -> None:
    """Verdict, facts, tables, and the names of what only a picture can show."""
    say(found.title)
    say(found.verdict)
    if found.facts:
        say()
        for line in table(found.facts[1:], found.facts[0]):
            say(f"  {line}")
    for figure in found.figures:
        if isinstance(figure, Note) and figure.rows:
            say()
            say(figure.title)
            for line in table([list(row) for row in figure.rows[1:]], list(figure.rows[0])):
                say(f"  {line}")
    if found.suggestion is not None:
        say()
        say(f"→ --set {found.suggestion.name}={found.suggestion.value}    ({found.suggestion.label})")
    drawn = [figure.title for figure in found.figures if not isinstance(figure, Note)]
    tell(f"Pictures (--picture FILE.png): {', '.join(drawn)}")


def _list(*, as_json: bool) -> int:
    if as_json:
        for item in EXPERIMENTS.values():
            say_json({"id": item.id, "title": item.title, "needs_project": item.needs_project, "text": item.sentence})
        return OK
    rows = [(item.id, "PROJECT" if item.needs_project else "", item.sentence) for item in EXPERIMENTS.values()]
    for line in table(rows, ("experiment", "needs", "what it shows")):
        say(line)
    return OK


def _describe(options: Namespace) -> int:
    from nnstudio.experiments.perform import find_experiment

    chosen: Experiment = find_experiment(options.name)
    if options.json:
        for field in form_fields(chosen.params):
            say_json({"name": field.name, "default": field.default, "range": field.range_text, "help": field.ui.help})
        return OK
    say(f"{chosen.title}: {chosen.sentence}")
    rows = [(field.name, str(field.default), field.range_text, field.ui.help) for field in form_fields(chosen.params)]
    for line in table(rows, ("parameter", "default", "allowed", "")):
        say(f"  {line}")
    return OK


# ── pictures ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _check_picture(path: Path | None) -> None:
    if path is None:
        return
    if path.suffix.lower() not in PICTURES:
        words = f"A picture cannot be written as '{path.suffix or path.name}'."
        raise NNStudioError(Problem("file.kind", words, remedy="Name it .png or .svg.", place="file"))
    if not path.parent.is_dir():
        words = f"There is no folder {path.parent}."
        raise NNStudioError(Problem("file.no_folder", words, remedy="Make it, or choose another.", place="file"))


def _pictures(found: Outcome, path: Path) -> list[Path]:
    """One file a figure: FILE.png, FILE-2.png …"""
    from nnstudio.gui.figures.save import save_figures

    drawn: list[Figure] = list(found.figures)
    paths = [path if index == 0 else path.with_stem(f"{path.stem}-{index + 1}") for index in range(len(drawn))]
    save_figures(drawn, paths)
    return paths
