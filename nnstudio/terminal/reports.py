"""A run told in the terminal: a progress bar, plain lines, or JSON. Each report takes the events one by one."""

import sys
from collections.abc import Mapping
from typing import Self

from nnstudio.events import CheckpointSaved, EpochEnded, Event, Failed, Finished, Paused, Resumed, RunStarted, Steps
from nnstudio.registry import Registry
from nnstudio.runs.history import History
from nnstudio.terminal.output import duration, problem_json, say, say_json, tell_problems, use_color


def report(registry: Registry, *, json: bool) -> "Report":
    """The one that fits: JSON where asked for, a bar on a terminal, else lines."""
    if json:
        return JsonReport()
    percent = {_label(spec.id) for spec in registry.metrics.values() if spec.percent}
    return BarReport(percent) if sys.stdout.isatty() else LineReport(percent)


class Report:
    """Open while a run goes on."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is held open."""

    def add(self, event: Event) -> None:
        raise NotImplementedError


_NAMES: Mapping[type, str] = {
    RunStarted: "run_started",
    Steps: "steps",
    EpochEnded: "epoch_ended",
    CheckpointSaved: "checkpoint_saved",
    Paused: "paused",
    Resumed: "resumed",
    Finished: "finished",
}


class JsonReport(Report):
    """One JSON object a line. Predictions and figures of nodes, large and many, are left to the run's folder."""

    def add(self, event: Event) -> None:
        if isinstance(event, Failed):
            problems = [problem_json(problem) for problem in event.problems]
            say_json({"event": "failed", "step": event.step, "problems": problems})
        elif type(event) in _NAMES:
            say_json({"event": _NAMES[type(event)], **vars(event)})


class LineReport(Report):
    """One line an epoch."""

    def __init__(self, percent: set[str]) -> None:
        self._percent = percent
        self._history = History()

    def add(self, event: Event) -> None:
        self._history.add(event)
        match event:
            case RunStarted():
                say(_start_line(event))
            case EpochEnded():
                say(self._epoch_line(event))
            case Finished():
                for line in _end_lines(event, self._percent):
                    say(line)
            case Failed():
                tell_problems(event.problems)
            case _:
                pass

    def _epoch_line(self, event: EpochEnded) -> str:
        planned = self._history.started.epochs if self._history.started else 0
        left = self._history.seconds_left
        parts = [f"epoch {event.epoch + 1:>{len(str(planned))}}/{planned}", *_values(event.values, self._percent)]
        parts += (
            [f"{self._history.steps_per_second:,.0f} steps/s".replace(",", " ")]
            if self._history.steps_per_second
            else []
        )
        parts += [f"{duration(left)} left"] if left and event.epoch + 1 < planned else []
        return "  ".join(parts)


class BarReport(LineReport):
    """A bar for the whole run, with a line above it for each epoch."""

    def __enter__(self) -> Self:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
        )
        self._console = Console(no_color=not use_color(sys.stdout), highlight=False)
        self._bar = Progress(*columns, console=self._console, transient=True)
        self._task = self._bar.add_task("starting", total=None, rate="")
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def add(self, event: Event) -> None:
        match event:
            case RunStarted():
                total = event.epochs * event.steps_per_epoch
                self._bar.update(self._task, description="training", total=total, completed=event.first_step)
            case Steps():
                length = len(next(iter(event.values.values()), ()))
                rate = f"{event.steps_per_second:,.0f} steps/s".replace(",", " ")
                self._bar.update(self._task, completed=event.first + length, rate=rate)
            case Finished() | Failed():
                self._bar.stop()
            case _:
                pass
        super().add(event)


def _start_line(event: RunStarted) -> str:
    verb = "Training" if not event.first_step else f"Going on at epoch {event.first_epoch + 1}:"
    parameters = f"{event.parameters:,}".replace(",", " ")
    return f"{verb} {parameters} parameters on {event.device}, {event.epochs} epochs of {event.steps_per_epoch} steps"


def _end_lines(event: Finished, percent: set[str]) -> list[str]:
    verb = {"stopped": "Stopped", "early": "Stopped early"}.get(event.reason, "Done")
    lines = [f"{verb} after {event.step} steps, {duration(event.seconds)}."]
    if event.why:
        lines.append(f"Why: {event.why.removesuffix('.')}.")
    if event.restored is not None:
        lines.append(f"The weights are those of epoch {event.restored + 1}, the best one.")
    test = {name: value for name, value in event.values.items() if name.startswith("test/")}
    return lines + ([f"Test: {', '.join(_values(test, percent, part=False))}"] if test else [])


def _values(values: Mapping[str, float], percent: set[str], *, part: bool = True) -> list[str]:
    """`validation accuracy 86.3 %`, for each of `values` by "part/metric"."""
    return [
        f"{name.replace('/', ' ') if part else _label(name)} {_number(value, _label(name) in percent)}"
        for name, value in values.items()
    ]


def _number(value: float, percent: bool) -> str:
    return f"{100 * value:.1f} %" if percent else f"{value:.4g}"


def _label(name: str) -> str:
    """`accuracy`, of "validation/accuracy" and of "nnstudio.accuracy"."""
    return name.rpartition("/")[2].rpartition(".")[2]
