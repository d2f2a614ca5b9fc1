"""`nnstudio compare`, `crossvalidate` and `ensemble`: several runs of one project, judged together."""

import contextlib
import signal
from argparse import Namespace
from collections.abc import Generator, Sequence
from pathlib import Path
from types import FrameType

from nnstudio.comparison import ready
from nnstudio.comparison.alternatives import split
from nnstudio.comparison.conduct import Conductor, News, Pool, ensembles
from nnstudio.comparison.plan import (
    Comparison,
    Variant,
    compare_axes,
    comparison,
    comparisons_folder,
    folder_name,
    replicates_of,
)
from nnstudio.comparison.report import as_json, write_report
from nnstudio.comparison.results import Results
from nnstudio.comparison.words import figure, metric_words, rule, spread_words, summary, worth
from nnstudio.problems import NNStudioError, Problem
from nnstudio.project.edits import apply
from nnstudio.project.project import Project
from nnstudio.project.setting import setting
from nnstudio.registry import Registry
from nnstudio.terminal.opening import load_plugins, named, open_project, pair
from nnstudio.terminal.output import FAILED, INTERRUPTED, OK, say, say_json, table, tell


def compare(options: Namespace) -> int:
    registry = load_plugins(options).registry
    project, path = _project(options, registry)
    seeds = _seeds(options.seeds)
    if options.ready:
        chosen = ready.READY[options.ready].make(project, registry, seeds)
    elif options.arm:
        replicates = [_variant(text, "--replicate") for text in options.replicate] or replicates_of(
            project, seeds=seeds
        )
        chosen = comparison(project, registry, [_variant(text, "--arm") for text in options.arm], replicates)
    else:
        axes = dict(pair(text, "--vary", "recipe.optimizer=torch.sgd,torch.adam") for text in options.vary)
        chosen = compare_axes(project, registry, {name: split(text) for name, text in axes.items()}, seeds=seeds)
    return _conduct(chosen, registry, options, path)


def crossvalidate(options: Namespace) -> int:
    registry = load_plugins(options).registry
    project, path = _project(options, registry)
    samples = _samples(project, registry) if options.folds == -1 else 0
    axes = dict(pair(text, "--vary", "recipe.optimizer=torch.sgd,torch.adam") for text in options.vary)
    varied = {name: split(text) for name, text in axes.items()}
    chosen = ready.crossvalidation(project, registry, options.folds, samples=samples, axes=varied)
    return _conduct(chosen, registry, options, path)


def ensemble(options: Namespace) -> int:
    registry = load_plugins(options).registry
    from nnstudio.train.ensemble import ensemble as together  # brings torch

    paths = [path for run in options.runs for path in _members(Path(run), options.checkpoint)]
    answer = together(paths, registry, part=options.part)
    if options.json:
        say_json(vars(answer))
        return OK
    rows = [
        [name, *(figure(value) for value in values.values())]
        for name, values in zip(answer.members, answer.single, strict=True)
    ]
    metrics = list(answer.together)
    rows.append(["mean of them", *(figure(answer.mean(metric)) for metric in metrics)])
    rows.append(["together", *(figure(answer.together[metric]) for metric in metrics)])
    for row in table(rows, [f"on {answer.part}", *metrics]):
        say(row)
    for metric in metrics:
        verb = "better" if answer.gain(metric) >= 0 else "worse"
        against = f"the mean of the runs (best run: {figure(answer.best(metric))})"
        say(
            f"Together: {metric} {figure(answer.together[metric])}, {figure(abs(answer.gain(metric)))} {verb} than {against}."
        )
    return OK


# ── what is asked for ─────────────────────────────────────────────────────────────────────────────────────────────────


def _project(options: Namespace, registry: Registry) -> tuple[Project, Path | None]:
    project, path = open_project(options.project, registry)
    project = named(project, path)
    for text in options.set:
        project = apply(project, setting(project, registry, *pair(text, "--set", "recipe.optimizer.lr=0.01")))
    if options.epochs is not None:
        project = apply(project, setting(project, registry, "recipe.epochs", options.epochs))
    return project, path


def _seeds(text: str | None) -> int | list[int] | None:
    """`5`: so many; `0,7,9`: these."""
    if text is None:
        return None
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() for part in parts) or (len(parts) == 1 and int(parts[0]) < 1):
        words = f"--seeds {text}: no number of seeds."
        raise NNStudioError(Problem("compare.seeds", words, remedy="Write --seeds 5, or the seeds: --seeds 0,7,9."))
    return int(parts[0]) if len(parts) == 1 else [int(part) for part in parts]


def _variant(text: str, option: str) -> Variant:
    """`momentum: recipe.optimizer=torch.sgd(momentum=0.9); recipe.epochs=5`."""
    name, colon, settings = text.partition(":")
    if not colon or "=" in name:
        remedy = f'Write {option} "momentum: recipe.optimizer=torch.sgd(momentum=0.9)".'
        raise NNStudioError(Problem("compare.arm", f"{option} {text}: it has no name.", remedy=remedy))
    pairs = [pair(part, option, "recipe.optimizer=torch.sgd") for part in split(settings, ";")]
    return Variant(name.strip(), tuple(pairs))


def _samples(project: Project, registry: Registry) -> int:
    """How many may be left out one by one: those of the training and the validation part."""
    from nnstudio.train.data import load_data

    parts = load_data(project.data, registry).split
    return len(parts.train) + len(parts.validation)


def _members(run: Path, checkpoint: str) -> list[Path]:
    if checkpoint == "best" or run.suffix == ".safetensors":
        return [run]
    kept = sorted((run / "checkpoints").glob("*.safetensors"))
    return kept if checkpoint == "all" else [path for path in kept if path.stem == checkpoint] or [run]


# ── conducting it ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _conduct(chosen: Comparison, registry: Registry, options: Namespace, path: Path | None) -> int:
    folder: Path = options.out or _folder(options.project, path) / folder_name(options.name or chosen.name)
    arguments = [word for folder in options.plugins_dir for word in ("--plugins-dir", str(folder))]
    arguments += ["--safe-mode"] if options.safe_mode else []
    with Pool(options.engines, arguments) as pool:
        conductor = Conductor(chosen, registry, folder, pool)
        with _interrupts(conductor):
            for news in conductor.run():
                if news.ended:
                    tell(_news_line(news, conductor.results))
        results = conductor.results
        joined = {} if conductor.cancelled else ensembles(results, pool)
    page = write_report(results, folder, test=options.test, ensembles=joined)
    if options.json:
        say_json({**as_json(results, test=options.test, ensembles=joined), "report": str(page)})
    else:
        _say(results, page, test=options.test)
    if conductor.cancelled:
        tell("Interrupted; the same command goes on.")
        return INTERRUPTED
    return OK if all(outcome.complete for outcome in results.outcomes) else FAILED


def _folder(name: str, path: Path | None) -> Path:
    if path is not None:
        return comparisons_folder(path)
    import platformdirs

    return Path(platformdirs.user_data_dir("nnstudio")) / "runs" / f"{name.partition(':')[2]}.compare"


def _news_line(news: News, results: Results) -> str:
    outcome = news.outcome
    reached: list[float] = [float(value) for value in outcome.curve(results.main)[1][-1:]] if results.main else []
    value = "".join(f"  {metric_words(results.main)} {worth(last, results.main)}" for last in reached)
    reason = f"  {outcome.problem}" if outcome.problem and not outcome.complete else ""
    return f"{news.done}/{news.planned}  {news.trial.name}: {outcome.state}{value}{reason}"


def _say(results: Results, page: Path, *, test: bool) -> None:
    metrics = [
        *(name for name in results.metrics if name.startswith("validation/")),
        *(results.test_metrics if test else ()),
    ]
    metrics = metrics or list(results.metrics)
    rows: list[Sequence[str]] = []
    for arm, variant in enumerate(results.comparison.arms):
        done = sum(outcome.complete for outcome in results.of(arm))
        rows.append(
            [
                variant.name,
                *(spread_words(results.spread(arm, metric), metric) for metric in metrics),
                f"{done} of {len(results.of(arm))}",
            ]
        )
    for line in table(rows, ["arm", *map(metric_words, metrics), "runs"]):
        say(line)
    say()
    for line in summary(results):
        say(line)
    tell(rule(results))
    say(f"Report: {page}")


@contextlib.contextmanager
def _interrupts(conductor: Conductor) -> Generator[None, None, None]:
    """Ctrl+C stops what trains at the next step, and it is kept; a second one ends at once."""
    pressed: list[bool] = []

    def stop(_signal: int, _frame: FrameType | None) -> None:
        if pressed:
            raise KeyboardInterrupt
        pressed.append(True)
        tell("\nStopping at the next step (Ctrl+C again: at once) …")
        conductor.cancel()

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
