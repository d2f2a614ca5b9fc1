"""`nnstudio plugins | optimizers | datasets | gallery | runs`: what there is."""

import math
from argparse import Namespace
from collections.abc import Sequence
from typing import Any

from nnstudio.engine.threads import settle_threads
from nnstudio.params import form_fields
from nnstudio.plugins import State
from nnstudio.project.project import Data
from nnstudio.project.setting import entry
from nnstudio.registry import Registry
from nnstudio.replies import PARTS
from nnstudio.runs.store import RunStore, RunSummary
from nnstudio.specs import DatasetSpec, describe
from nnstudio.terminal.opening import GALLERY, load_plugins, open_project, pair
from nnstudio.terminal.output import FAILED, OK, duration, say, say_json, table, tell_problems
from nnstudio.terminal.training import default_folder


def plugins(options: Namespace) -> int:
    """One line a plugin; the tracebacks of failed ones below. Exit code 1 where one failed."""
    infos = load_plugins(options).infos
    if options.json:
        for info in infos:
            say_json({**vars(info), "state": info.state.value})
    else:
        rows = [(info.name, info.state.value, info.origin, info.version, _brought(info.brought)) for info in infos]
        _say_table(rows, ("plugin", "state", "origin", "version", "brings"))
        for info in infos:
            if info.reason:
                say(f"\n{info.name} is {info.state.value}: {info.reason}")
            if info.traceback:
                say(info.traceback.rstrip())
    return FAILED if any(info.state in (State.FAILED, State.INCOMPATIBLE) for info in infos) else OK


def _brought(brought: dict[str, tuple[str, ...]]) -> str:
    return ", ".join(f"{len(ids)} {kind}{'s' if len(ids) != 1 else ''}" for kind, ids in brought.items())


def optimizers(options: Namespace) -> int:
    """The fact sheet: a row an optimizer, from what each declares of itself."""
    specs = load_plugins(options).registry.optimizers.values()
    names = tuple(dict.fromkeys(name for spec in specs for name in spec.facts))
    if options.json:
        for spec in specs:
            say_json({"id": spec.id, "title": spec.title, "formula": spec.formula, "facts": dict(spec.facts)})
    else:
        rows = [(spec.id, spec.title, *(spec.facts.get(name, "") for name in names)) for spec in specs]
        _say_table(rows, ("optimizer", "title", *names))
    return OK


def datasets(options: Namespace) -> int:
    registry = load_plugins(options).registry
    if options.preview is not None:
        return _preview(options, registry)
    specs = sorted(registry.datasets.values(), key=lambda spec: (spec.category, spec.id))
    if options.json:
        for spec in specs:
            about = describe(spec.params)[0]
            say_json({"id": spec.id, "title": spec.title, "sort": spec.category, "task": spec.task, "about": about})
    else:
        rows = [(spec.id, spec.category, spec.title, _parameters(spec)) for spec in specs]
        _say_table(rows, ("dataset", "sort", "title", "parameters"))
    return OK


def _parameters(spec: DatasetSpec) -> str:
    fields = form_fields(spec.params)
    return ", ".join(field.name if field.required else f"{field.name}={field.default}" for field in fields)


def _preview(options: Namespace, registry: Registry) -> int:
    """Load one and say what is in it."""
    params = dict(pair(text, "--set", "noise=0.2") for text in options.set)
    data = Data(entry(registry, "dataset", options.preview, params, place="data"))
    settle_threads()
    from nnstudio.engine.preview import preview  # brings torch

    seen = preview(data, registry, samples=0)
    info = seen.info
    assert info is not None
    if options.json:
        described = {**vars(info), "fields": {name: vars(field) for name, field in info.fields.items()}}
        figures = {"class_counts": seen.class_counts, "ranges": seen.ranges}
        say_json({"id": data.dataset.type, "info": described, **figures})
        return OK
    title = registry.datasets[data.dataset.type].title
    say(f"{title}: {info.samples} samples ({info.train} train, {info.validation} validation, {info.test} test)")
    for name, field in info.fields.items():
        role = "target" if name == info.target else "input" if name in info.inputs else "unused"
        say(f"  {name}: {field.kind}, {'×'.join(map(str, field.shape)) or '1'} ({role})")
        for line in _ranges(field.names, seen.ranges.get(name)):
            say(f"    {line}")
    if seen.class_counts is not None:
        counts = seen.class_counts.tolist()
        classes = info.fields[info.target].classes or tuple(map(str, range(len(counts))))
        _say_table([(label, *map(str, row)) for label, row in zip(classes, counts, strict=True)], ("class", *PARTS))
    for label, text in (("Source", info.source), ("Licence", info.licence), *(("Note", note) for note in info.notes)):
        if text:
            say(f"{label}: {text}")
    tell_problems(seen.problems)
    return OK


def _ranges(names: Sequence[str], ranges: Any) -> list[str]:
    if ranges is None:
        return []
    labels = list(names) or [str(index) for index in range(len(ranges))]
    return [
        f"{label}: {low:.4g} … {high:.4g}, mean {mean:.4g} ± {std:.4g}"
        for label, (low, mean, high, std) in zip(labels, ranges.tolist(), strict=True)
    ]


def gallery(options: Namespace) -> int:
    examples = load_plugins(options).registry.examples.values()
    if options.json:
        for example in examples:
            say_json(
                {
                    "project": f"{GALLERY}{example.id}",
                    "title": example.title,
                    "text": example.text,
                    "reaches": example.reaches,
                }
            )
    else:
        _say_table(
            [(f"{GALLERY}{example.id}", example.title, example.reaches) for example in examples],
            ("project", "title", "reaches"),
        )
    return OK


def runs(options: Namespace) -> int:
    registry = load_plugins(options).registry
    _, path = open_project(options.project, registry)
    listed = RunStore(options.runs or default_folder(options.project, path)).runs()
    if options.json:
        for run in listed:
            say_json(_run_json(run))
    elif listed:
        _say_table([_run_row(run) for run in listed], ("run", "name", "state", "epochs", "time", "values"))
    else:
        say(f"There are no runs yet. Train: nnstudio train {options.project}")
    return OK


def _run_json(run: RunSummary) -> dict[str, Any]:
    started = run.started.isoformat() if run.started else None
    problem = run.problem.message if run.problem else None
    return {
        **vars(run),
        "folder": str(run.folder),
        "started": started,
        "problem": problem,
        "environment": dict(run.environment),
    }


def _run_row(run: RunSummary) -> tuple[str, ...]:
    values = ", ".join(
        f"{name} {value:.4g}"
        for name, value in run.values.items()
        if not math.isnan(value) and not name.startswith("train/")
    )
    return run.id, run.name, run.state, f"{run.epochs}/{run.planned}", duration(run.seconds), values


def _say_table(rows: Sequence[Sequence[str]], heads: Sequence[str]) -> None:
    for line in table(rows, heads):
        say(line)
