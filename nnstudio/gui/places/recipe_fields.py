"""The plain fields of data and recipe, as forms show them: those that no plugin declares."""

from collections.abc import Mapping
from typing import Any, Literal

from nnstudio.gui.text import tr
from nnstudio.params import FormField, Ui
from nnstudio.problems import Problem
from nnstudio.project.project import Data, Recipe

Owner = Literal["data", "recipe"]

SEED_MAX = 2**32 - 1
DEFAULTS: Mapping[Owner, Any] = {"data": Data(), "recipe": Recipe()}


def _whole(name: str, low: int, high: int, help: str, *, log: bool = False, symbol: str = "") -> FormField:
    scale = "log" if log else "linear"
    return FormField(name, "int", _default(name), low=low, high=high, ui=Ui(scale=scale, symbol=symbol, help=help))


def _switch(name: str, help: str) -> FormField:
    return FormField(name, "bool", _default(name), ui=Ui(help=help))


def _choice(name: str, choices: tuple[str, ...], help: str) -> FormField:
    return FormField(name, "choice", _default(name), choices=choices, ui=Ui(help=help))


def _share(name: str, help: str) -> FormField:
    return FormField(name, "float", _default(name), low=0, high=0.9, ui=Ui(help=help))


def _default(name: str) -> Any:
    return next(getattr(holder, name) for holder in DEFAULTS.values() if hasattr(holder, name))


def plain_fields(key: str) -> tuple[Owner, tuple[FormField, ...]]:
    """(owner, fields) that stand in the form of the line `key` beside its plugin's own."""
    match key:
        case "data":
            return "data", (
                _share("validation", tr("share of the samples to choose by")),
                _share("test", tr("share kept for the end; a set of its own wins")),
                _whole("split_seed", 0, SEED_MAX, tr("of the division")),
                _switch("stratify", tr("each part keeps the shares of the classes")),
            )
        case "standardize":
            choices = ("auto", "none", "feature", "channel", "whiten")
            return "data", (_choice("standardize", choices, tr("fitted on the training part alone")),)
        case "batches":
            return "recipe", (
                _whole("batch_size", 0, 1_000_000, tr("samples a step; 0: all"), log=True, symbol="m"),
                _switch("shuffle", tr("a random order")),
                _switch("reshuffle", tr("a new order each epoch; off: shuffled once")),
                _whole("accumulate", 1, 100_000, tr("parts that a batch goes through in"), symbol="k"),
                _choice("precision", ("float32", "bfloat16", "float16"), tr("of the forward pass (autocast)")),
                _switch("compile", tr("through torch.compile: slow to start, fast after")),
            )
        case "schedule":
            return "recipe", (_whole("warmup_steps", 0, 10**9, tr("steps in which η rises from near 0"), symbol="w"),)
        case "stop":
            return "recipe", (
                _whole("epochs", 1, 1_000_000, tr("passes over the training part")),
                _whole("seed", 0, SEED_MAX, tr("of weights, order, dropout and noise")),
                FormField("device", "text", "auto", ui=Ui(help=tr("auto, cpu, cuda, cuda:1 or mps"))),
            )
        case _:
            return "recipe", ()


def check_plain(fields: tuple[FormField, ...], values: Mapping[str, Any], owner: str) -> tuple[Problem, ...]:
    """What cannot stand in the plain fields: another kind of value, or one out of its range."""
    kinds = {"int": int, "float": (int, float), "bool": bool}
    found: list[Problem] = []
    for field in fields:
        value = values.get(field.name)
        wanted = {"int": tr("a whole number"), "float": tr("a number")}.get(field.kind, "")
        wrong = not isinstance(value, kinds.get(field.kind, object))
        if not wrong and isinstance(value, int | float) and not isinstance(value, bool):
            wrong = (field.low is not None and value < field.low) or (field.high is not None and value > field.high)
        if wrong:
            remedy = tr("Allowed: {range}.", range=f"{wanted} {field.range_text}".strip())
            found.append(
                Problem("param.invalid", f"{field.name}: {value!r}", remedy=remedy, param=field.name, place=owner)
            )
    return tuple(found)
