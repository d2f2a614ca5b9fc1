"""What a plugin declares: frozen data, one class a kind. No torch, no Qt.

Where a spec names code, it does so by a string "package.module:Name": the code is imported in the engine's process, when first used.
"""

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from nnstudio.params import Field, Params, Ui

CATEGORIES = (
    "data",
    "weights",
    "activation",
    "normalization",
    "regularization",
    "shape",
    "sequence",
    "output",
    "block",
)
"""Where a layer stands in the library, and its colour."""

Shape = tuple[int, ...]
"""Sizes along the axes, the batch axis first."""

Infer = Callable[[Sequence[Shape], Any], Any]
"""(shapes of the inputs, params) → the value of an argument that follows from them."""


def axis(index: int, *, of: int = 0) -> Infer:
    """The size of axis `index` (0 is the batch) of input number `of`: `infer={"in_channels": axis(1)}`."""
    return lambda shapes, params: shapes[of][index]


@dataclass(frozen=True)
class Port:
    """Where a wire ends. `many`: takes any number of wires, in order; `optional`: may stay unwired; title: what people read ("": the name)."""

    name: str = "input"
    many: bool = False
    optional: bool = False
    title: str = ""


@dataclass(frozen=True)
class LayerSpec:
    """A kind of node.

    id: "package.name", never changed: files hold it; title: what people read; category: one of CATEGORIES;
    params: the parameters. The code is one of
    - module: "torch.nn:Conv2d" — a module class; the node becomes `self.conv1 = nn.Conv2d(1, 6, kernel_size=5)` and `x = self.conv1(x)`;
    - call: "torch.cat([{inputs:, }], dim={dim})" — an expression for a node without weights. `{input}` (any port's name) is the wired
      value; `{inputs: + }` the values of a `many` port (or the items of a tuple argument) with what stands behind the colon between them;
      every other `{name}` the argument of that name; `{*}` the arguments not named in the template that differ from the params' defaults,
      as `, name=value`: "F.gelu({input}{*})". `F`, `nn` and `torch` are there.
    arguments: (params, input shapes) → constructor arguments by name; without it, every field of `params` is passed by its own name.
    infer: arguments that follow from the inputs, by name (`in_channels`): never typed by a person.
    summary: params → the one line on the node. stem: how its name starts in code ("conv" → conv1, conv2).
    ranks: allowed numbers of input axes, batch included ((4,) for Conv 2d); empty: any. dtypes: "float" or "int" inputs, "" any.
    formula: plain Unicode text. aliases: other names that find it.
    rare: the library folds it away until one asks for more; the search finds it. hidden: neither offers it.
    See `Params` for where sentence, help and source are written.
    """

    id: str
    title: str
    category: str
    params: type[Params] = Params
    module: str = ""
    call: str = ""
    inputs: tuple[Port, ...] = (Port("input"),)
    outputs: tuple[Port, ...] = (Port("output"),)
    arguments: Callable[[Any, Sequence[Shape]], Mapping[str, Any]] | None = None
    infer: Mapping[str, Infer] = field(default_factory=dict[str, Infer])
    summary: Callable[[Any], str] | None = None
    stem: str = ""
    ranks: tuple[int, ...] = ()
    dtype: str = "float"
    formula: str = ""
    icon: str = ""
    aliases: tuple[str, ...] = ()
    hidden: bool = False
    rare: bool = False


class LossParams(Params):
    """Base of every loss's parameters: what all losses have. These two are for the studio and are not passed to the loss's code."""

    target: str = ""
    """name of the data's field to compare with (empty: the data's target)"""
    weight: Annotated[float, Field(gt=0, le=1e6), Ui(scale="log", advanced=True)] = 1.0
    """share in the sum, where a graph has several losses"""


def without_studio_fields(params: Params, shapes: Sequence[Shape]) -> Mapping[str, Any]:
    """The arguments of a loss: all of its params but those of `LossParams`."""
    return {name: getattr(params, name) for name in type(params).model_fields if name not in LossParams.model_fields}


@dataclass(frozen=True)
class LossSpec(LayerSpec):
    """A loss: a node with a `target` port that, when unwired, takes the data's target field.

    target: what the target must be: "class" (whole numbers below the number of outputs), "value" (same shape as the input),
    "binary" (0 or 1, same shape as the input). decode: how outputs become a prediction: "argmax", "sigmoid" (≥ 0 → 1) or "identity".
    metrics: ids of the metrics that go with it when a person has chosen none.
    soft: its target may lie between the sorts: N × K shares that sum to one in place of classes, any value from 0 to 1 in place of 0 or 1,
    mixtures of values. Augmentations that mix targets need that. behind: the layers that it is made for, where it fits no other.
    """

    inputs: tuple[Port, ...] = (Port("input"), Port("target", optional=True))
    outputs: tuple[Port, ...] = ()
    category: str = "output"
    params: type[Params] = LossParams
    arguments: Callable[[Any, Sequence[Shape]], Mapping[str, Any]] | None = without_studio_fields
    target: str = "value"
    decode: str = "identity"
    metrics: tuple[str, ...] = ()
    soft: bool = False
    behind: tuple[str, ...] = ()


@dataclass(frozen=True)
class OptimizerSpec:
    """An optimizer: `optimizer` names a torch.optim.Optimizer class, "torch.optim:Adam", called as `Adam(parameters, **arguments)`.

    Every field of `params` is passed by its own name unless `arguments` (params → arguments) says otherwise. There must be a field `lr`.
    facts: what it tracks, for the fact sheet: {"first moment": "yes", "second moment": "leaky", "bias correction": "yes", "state per weight": "2 × 4 B"}.
    closure: its `step` evaluates the loss itself, as L-BFGS does: called as `optimizer.step(closure)`. `closure()` clears the gradients,
    gives the batch's loss with the penalties and has put its gradients in place; `closure(backward=False)` gives the loss with its graph.
    """

    id: str
    title: str
    params: type[Params]
    optimizer: str
    arguments: Callable[[Any], Mapping[str, Any]] | None = None
    formula: str = ""
    facts: Mapping[str, str] = field(default_factory=dict[str, str])
    aliases: tuple[str, ...] = ()
    closure: bool = False


@dataclass(frozen=True)
class ScheduleSpec:
    """A learning-rate schedule: `factor` names a plain Python function `factor(step, total_steps, **params) -> float`; η(step) = lr · factor.

    `step` counts optimizer steps from 0; no torch, so that the curve can be drawn before training. The function must stand alone
    (import inside it what it needs): its source is written into the exported script.
    watcher: in place of `factor`, a class for a schedule that answers to what is measured (lower η when validation stalls): made as
    `Watcher(**params)`, told `ended(epoch, values)` after each epoch ({"train/loss": …, "validation/loss": …}), asked for `.factor`.
    Its attributes must be plain numbers, texts, None or lists of them: checkpoints keep them. The class must stand alone too.
    """

    id: str
    title: str
    params: type[Params]
    factor: str = ""
    formula: str = ""
    watcher: str = ""


@dataclass(frozen=True)
class InitializerSpec:
    """An initializer: `function` names `function(tensor, **arguments)`, in place, as torch.nn.init's do: "torch.nn.init:xavier_uniform_".

    Applied to each weight (two axes or more); biases are set to `params.bias` where the params have such a field, and else kept.
    function "" keeps what the modules' constructors chose (PyTorch's default).
    scope: "weight" as above; "module": `function(module, **arguments)` for each module that has parameters of its own (a recurrent layer's
    gates); "network": `function(network, inputs, **arguments)` once, `inputs` being the tuple of a batch (LSUV).
    """

    id: str
    title: str
    params: type[Params]
    function: str
    arguments: Callable[[Any], Mapping[str, Any]] | None = None
    formula: str = ""
    scope: str = "weight"


@dataclass(frozen=True)
class RegularizerSpec:
    """A penalty added to the loss: `penalty` names `penalty(weights: list[Tensor], **params) -> Tensor`, weights being those with two axes or more.

    named: it is called with {"conv1.weight": Tensor, …} instead, for a penalty that ties some of them to each other.
    The function must stand alone: its source is written into the exported script.
    """

    id: str
    title: str
    params: type[Params]
    penalty: str
    formula: str = ""
    named: bool = False


@dataclass(frozen=True)
class AugmentationSpec:
    """New samples from old ones, for the training part alone: `function` names `function(batch: Tensor, generator, **params) -> Tensor`.

    kinds: which kinds of fields it fits, of "image" (N × C × H × W, 0 … 1, before standardisation), "vector", "value", "array" (floats, after
    standardisation), "tokens" (N × T whole numbers). targets: it mixes targets too: `function(batch, target, generator, **params) ->
    (batch, target)`, where a class target comes and goes as N × K shares that sum to one. target_kinds: which of a LossSpec's `target` kinds
    such a one fits. category: "pixel", "spatial", "mixing", "noise", "text", "policy".
    All randomness must come from `generator` (a CPU generator; draw there, then move). The whole batch goes through at once.
    The function must stand alone: its source is written into the exported script.
    """

    id: str
    title: str
    params: type[Params]
    function: str
    kinds: tuple[str, ...] = ("image",)
    targets: bool = False
    category: str = "pixel"
    formula: str = ""
    aliases: tuple[str, ...] = ()
    target_kinds: tuple[str, ...] = ("class", "value", "binary")


@dataclass(frozen=True)
class GradientSpec:
    """What is done to the gradients before the optimizer sees them (clipping): `function(gradients: list[Tensor], **params) -> None`, in place.

    The function must stand alone: its source is written into the exported script.
    """

    id: str
    title: str
    params: type[Params]
    function: str
    formula: str = ""


@dataclass(frozen=True)
class ConstraintSpec:
    """What weights must fulfil: `function(weight: Tensor, **params) -> None` projects each weight (two axes or more) in place after every step.

    The first axis counts the units. The function must stand alone: its source is written into the exported script.
    """

    id: str
    title: str
    params: type[Params]
    function: str
    formula: str = ""


@dataclass(frozen=True)
class NoiseSpec:
    """Noise on the weights while a batch goes through: `function(weight: Tensor, generator, **params) -> Tensor` gives what is added to each
    weight (two axes or more) for forward and backward, and taken away before the update. Randomness comes from `generator` (on the CPU).

    The function must stand alone: its source is written into the exported script.
    """

    id: str
    title: str
    params: type[Params]
    function: str
    formula: str = ""


class AverageParams(Params):
    """Base of every averaging's parameters. These two are for the studio and are not passed to its code."""

    start: Annotated[float, Field(ge=0, lt=1), Ui(advanced=True)] = 0.0
    """share of the run's epochs after which averaging begins; the average starts as a copy of the weights"""
    every: Literal["step", "epoch"] = "step"
    """how often the weights enter the average"""


@dataclass(frozen=True)
class AverageSpec:
    """An average of the weights over training, used for validation, test and the saved result: `function(average, weight, count, **params)`
    moves the tensor `average` in place towards `weight`; `count` weights (from 1: the copy it began with) have entered it so far.

    The function must stand alone: its source is written into the exported script.
    """

    id: str
    title: str
    params: type[AverageParams]
    function: str
    formula: str = ""


@dataclass(frozen=True)
class StopSpec:
    """A rule that ends a run before its last epoch. `watcher` names a class, made as `Watcher(**params)`; after each epoch
    `ended(epoch, values) -> str` gives the reason to stop, "" to go on.

    values: {"train/loss": …, "validation/loss": …, "validation/accuracy": …}. Params may have a field `restore_best`: then the watcher has an attribute
    `best_epoch`, and when the rule stops the run the weights of that epoch come back. Its attributes must be plain numbers, texts, None or lists
    of them: checkpoints keep them. The class must stand alone: its source is written into the exported script.
    """

    id: str
    title: str
    params: type[Params]
    watcher: str
    formula: str = ""


@dataclass(frozen=True)
class BatchScheduleSpec:
    """A batch size that changes from epoch to epoch: `function(epoch, epochs, batch_size, **params) -> int`, no torch.

    The function must stand alone: its source is written into the exported script.
    """

    id: str
    title: str
    params: type[Params]
    function: str
    formula: str = ""


@dataclass(frozen=True)
class MetricSpec:
    """A metric: `function` names `function(output: Tensor, target: Tensor) -> Tensor`, one value a sample; the metric is their mean.

    targets: which of a LossSpec's `target` kinds it fits. goal: "max" or "min". percent: shown as a percentage.
    The function must stand alone: its source is written into the exported script.
    """

    id: str
    title: str
    function: str
    params: type[Params] = Params
    targets: tuple[str, ...] = ("class", "value", "binary")
    goal: str = "max"
    percent: bool = False


@dataclass(frozen=True)
class DatasetSpec:
    """Data: `load` names `load(params) -> nnstudio.api.Dataset`, run in the engine. task: "classification" or "regression" ("" decided by the data)."""

    id: str
    title: str
    params: type[Params]
    load: str
    task: str = ""
    category: str = "built in"  # built in · 2-D · your own · …: the heading it stands under
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class ViewSpec:
    """A live view: `draw` names `draw(history: nnstudio.api.History, **params) -> nnstudio.api.Figure`, called when there is news, at most once a frame.

    The result is a value (Curves, Points, Tiles …); the app paints it. needs: what of the run it shows, of "steps", "epochs",
    "predictions": it is drawn again only when that changed. width: of its card, in quarters of the dashboard.
    """

    id: str
    title: str
    draw: str
    params: type[Params] = Params
    needs: tuple[str, ...] = ("steps", "epochs")
    width: int = 1
    default: bool = False  # stands on the dashboard of a new project
    help: str = ""


@dataclass(frozen=True)
class ExampleSpec:
    """A project of the gallery: `file` is a path to a .nns file, relative to the plugin's package. reaches: the stated figure, in words."""

    id: str
    title: str
    file: str
    text: str = ""
    reaches: str = ""
    minutes: float = 0.0
    package: str = ""
    lab: int = 0  # its number among the guided labs; 0: a project of the gallery
    guide: str = ""  # a lab's text (Markdown), a path relative to the package, shown beside the canvas


def describe(params: type[Params]) -> tuple[str, str, str]:
    """(sentence, formula, source) written in the docstring of `params`; formula and source end at the end of their line."""
    doc = inspect.cleandoc(params.__doc__ or "") if params is not Params else ""
    said = {"Formula": "", "Source": ""}
    sentence: list[str] = []
    for line in doc.splitlines():
        words, *labelled = re.split(r"\b(Formula|Source):", line)
        if words.strip() and not any(said.values()):
            sentence.append(words.strip())
        for label, text in zip(labelled[::2], labelled[1::2], strict=True):
            said[label] = text.strip()
    return " ".join(sentence), said["Formula"], said["Source"]
