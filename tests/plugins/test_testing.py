"""The checks for plugin authors find what is wrong: for each of them, specs that are wrong in one way, and one that is not."""

from collections.abc import Callable
from typing import Annotated, Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from nnstudio.data import DataField, Dataset
from nnstudio.figures import Curves, Line, Note
from nnstudio.params import Field, Params
from nnstudio.runs.history import History
from nnstudio.specs import (
    AugmentationSpec,
    AverageParams,
    AverageSpec,
    BatchScheduleSpec,
    DatasetSpec,
    GradientSpec,
    InitializerSpec,
    LayerSpec,
    LossParams,
    LossSpec,
    MetricSpec,
    OptimizerSpec,
    Port,
    RegularizerSpec,
    ScheduleSpec,
    StopSpec,
    ViewSpec,
    axis,
)
from nnstudio.testing import (
    check_augmentation,
    check_average,
    check_batch_schedule,
    check_dataset,
    check_declaration,
    check_gradient,
    check_imports,
    check_initializer,
    check_layer,
    check_metric,
    check_optimizer,
    check_plugin,
    check_regularizer,
    check_schedule,
    check_stop,
    check_view,
)

HERE = f"{__name__}:"


class Words(Params):
    """Says what it is."""


class Rate(Params):
    """Says what it is."""

    lr: Annotated[float, Field(gt=0, le=1)] = 0.05
    """step length"""


class Size(Params):
    """Says what it is."""

    size: Annotated[int, Field(ge=1, le=100)] = 3
    """how many"""


class NoHelp(Params):
    """Says what it is."""

    size: int = 3


class BadDefault(Params):
    """Says what it is."""

    size: Annotated[int, Field(ge=5)] = 3
    """how many"""


class Drifts(Params):
    """Says what it is."""

    size: float = 1e-3
    """is changed by validation each time"""

    def model_post_init(self, context: Any) -> None:
        object.__setattr__(self, "size", self.size * 2)


def found(complaints: list[str], words: str) -> None:
    assert any(words in complaint for complaint in complaints), complaints


# ── declarations ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (LayerSpec("swish", "Swish", "activation", Words, call="{input}"), "ids are written"),
        (LayerSpec("test.Swish", "Swish", "activation", Words, call="{input}"), "ids are written"),
        (LayerSpec("test.swish", " ", "activation", Words, call="{input}"), "title"),
        (LayerSpec("test.swish", "Swish", "activation", call="{input}"), "nothing says what it is"),
        (LayerSpec("test.swish", "Swish", "activation", NoHelp, call="{input}"), "'size' has no help"),
        (LayerSpec("test.swish", "Swish", "activation", Words, module="torch.nn:Linnear"), "Linnear"),
        (LayerSpec("test.swish", "Swish", "activation", Words, module="no_such.module:Thing"), "no_such"),
        (LayerSpec("test.swish", "Swish", "activation", Words, module="torch:float32"), "cannot be called"),
        (LayerSpec("test.swish", "Swish", "activation", BadDefault, call="{input}"), "own defaults are refused"),
        (LayerSpec("test.swish", "Swish", "activation", Drifts, call="{input}"), "not the same after being written"),
        (LossSpec("test.loss", "Loss", params=Words, call="{input}"), "derive from nnstudio.api.LossParams"),
    ],
)  # fmt: skip
def test_bad_declarations(spec: Any, words: str) -> None:
    found(check_declaration(spec), words)


def test_a_good_declaration() -> None:
    assert check_declaration(LayerSpec("test.swish", "Swish", "activation", Size, call="{input}")) == []


# ── layers ────────────────────────────────────────────────────────────────────────────────────────────────────────────


class WrongGradient(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return x * 2

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        return gradient * 3


class Lying(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return WrongGradient.apply(x)


class Shifty(nn.Module):
    """Another shape where there are values than where there are none."""

    def forward(self, x: Tensor) -> Tensor:
        return x if x.is_meta or x.dtype == torch.float32 else x[:, :-1]


class Explodes(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x / torch.zeros_like(x)


class Mixes(nn.Module):
    """Makes the batch part of the values."""

    def forward(self, x: Tensor) -> Tensor:
        return x.reshape(1, -1)


class Needs(nn.Module):
    def __init__(self, size: int, extra: int) -> None:
        super().__init__()


def layer(module: type[nn.Module], **options: Any) -> LayerSpec:
    return LayerSpec(
        "test.layer", "Layer", "activation", options.pop("params", Words), HERE + module.__name__, **options
    )


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (layer(Lying), "gradient is not its derivative"),
        (layer(Explodes), "the loss behind it is"),
        (
            LayerSpec("test.layer", "Layer", "activation", Words, call="torch.log(-{input}.abs())"),
            "the loss behind it is nan",
        ),
        (layer(Mixes), "batch"),
        (layer(Needs, params=Size), "extra"),
        (LayerSpec("test.layer", "Layer", "shape", Words, call="{input} @ {inptu}"), "inptu"),
        (LayerSpec("test.layer", "Layer", "shape", Words, call="{input}.no_such_method()"), "no_such_method"),
        (LayerSpec("test.layer", "Layer", "shape", Words, call="({input}"), "test.layer"),
    ],
)
def test_bad_layers(spec: LayerSpec, words: str) -> None:
    found(check_layer(spec, (4, 6)), words)


def test_a_shape_that_comes_out_otherwise_is_found() -> None:
    found(check_layer(layer(Shifty), (4, 6)), "has the shape B × 5, but B × 6 was worked out")


GOOD_LAYERS = [
    (LayerSpec("test.layer", "Layer", "shape", Words, call="torch.sin({input})"), ()),
    (LayerSpec("test.layer", "Layer", "activation", Words, call="torch.log({input})"), ()),  # of positive values alone
    (LayerSpec("test.layer", "Layer", "shape", Words, call="({inputs: * })", inputs=(Port("inputs", many=True),)), ((4, 3),)),
    (LayerSpec("test.layer", "Layer", "shape", Words, call="{a} @ {b}", inputs=(Port("a"), Port("b"))), ((4, 2, 3), (4, 3, 5))),
    (LayerSpec("test.layer", "Layer", "weights", Size, "torch.nn:Linear", infer={"in_features": axis(-1)},
               arguments=lambda params, shapes: {"out_features": params.size}), ((4, 2, 6),)),
]  # fmt: skip


@pytest.mark.parametrize(("spec", "shapes"), GOOD_LAYERS)
def test_good_layers(spec: LayerSpec, shapes: tuple[tuple[int, ...], ...]) -> None:
    assert check_layer(spec, *shapes) == []


def test_a_good_loss_and_a_bad_one() -> None:
    class Explained(LossParams):
        """Says what it is."""

    good = LossSpec("test.loss", "Loss", params=Explained, call="({input} - {target}).abs().mean()")
    bad = LossSpec("test.loss", "Loss", params=Explained, call="({input} - {target}).abs()")
    assert check_layer(good, (4, 3)) == []
    assert check_layer(bad, (4, 3)) != []


def test_parameters_can_be_chosen() -> None:
    spec = GOOD_LAYERS[-1][0]
    assert check_layer(spec, (4, 6), params={"size": 7}) == []


# ── the recipe's parts ────────────────────────────────────────────────────────────────────────────────────────────────


class Uphill(torch.optim.SGD):
    def step(self, closure: Any = None) -> None:
        for group in self.param_groups:
            for weight in group["params"]:
                weight.data.add_(weight.grad, alpha=group["lr"])


class Deaf(torch.optim.Optimizer):
    """Keeps the learning rate it was born with."""

    def __init__(self, params: Any, lr: float) -> None:
        super().__init__(params, {"lr": lr})
        self.rate = lr

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:
        for weight in self.param_groups[0]["params"]:
            weight.sub_(weight.grad, alpha=self.rate)


class Forgetful(torch.optim.Optimizer):
    """Its momentum is not in its state, so that it is lost on saving."""

    def __init__(self, params: Any, lr: float) -> None:
        super().__init__(params, {"lr": lr})
        self.momentum: dict[Any, Tensor] = {}

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:
        for group in self.param_groups:
            for weight in group["params"]:
                self.momentum[weight] = 0.5 * self.momentum.get(weight, 0) + weight.grad
                weight.sub_(self.momentum[weight], alpha=group["lr"])


@pytest.mark.parametrize(
    ("name", "params", "words"),
    [
        (HERE + "Uphill", Rate, "did not lower"),
        (HERE + "Deaf", Rate, "learning rate of 0"),
        (HERE + "Forgetful", Rate, "as if it had never stopped"),
        ("torch.nn:Linear", Rate, "is no torch.optim.Optimizer"),
        ("torch.optim:SGD", Words, "no parameter 'lr'"),
    ],
)
def test_bad_optimizers(name: str, params: type[Params], words: str) -> None:
    found(check_optimizer(OptimizerSpec("test.optimizer", "Optimizer", params, name)), words)


def test_a_good_optimizer() -> None:
    assert check_optimizer(OptimizerSpec("test.optimizer", "Optimizer", Rate, "torch.optim:RMSprop")) == []


OFFSET = 1.0


def leans(step: int, total_steps: int) -> float:
    return OFFSET


def negative(step: int, total_steps: int) -> float:
    return -1.0


def breaks_at_the_end(step: int, total_steps: int) -> float:
    return float("inf") if step == total_steps - 1 else 1.0


def falls(step: int, total_steps: int, size: int) -> float:
    import math

    return math.exp(-size * step / total_steps)


as_lambda = lambda step, total_steps: 1.0  # noqa: E731


@pytest.mark.parametrize(
    ("factor", "words"),
    [(leans, "OFFSET"), (negative, "-1.0"), (breaks_at_the_end, "step 0 of 1"), (as_lambda, "plain function")],
)
def test_bad_schedules(factor: Callable[..., float], words: str) -> None:
    name = "as_lambda" if factor is as_lambda else factor.__name__
    found(check_schedule(ScheduleSpec("test.schedule", "Schedule", Words, HERE + name)), words)


def test_a_good_schedule() -> None:
    assert check_schedule(ScheduleSpec("test.schedule", "Schedule", Size, HERE + "falls")) == []


def returns_only(weight: Tensor) -> Tensor:
    return torch.zeros_like(weight)


def own_generator(weight: Tensor) -> None:
    weight.copy_(torch.from_numpy(np.random.default_rng().random(tuple(weight.shape))))


@pytest.mark.parametrize(
    ("function", "words"), [("returns_only", "fill the tensor in place"), ("own_generator", "same seed")]
)
def test_bad_initializers(function: str, words: str) -> None:
    found(check_initializer(InitializerSpec("test.init", "Init", Words, HERE + function)), words)


def test_a_good_initializer() -> None:
    assert check_initializer(InitializerSpec("test.init", "Init", Words, "torch.nn.init:kaiming_normal_")) == []


def vector(weights: list[torch.Tensor]) -> torch.Tensor:
    return weights[0].abs().sum(1)


def first_only(weights: list[torch.Tensor]) -> torch.Tensor:
    return weights[0].abs().sum()


def ridge(weights: list[torch.Tensor], size: int) -> torch.Tensor:
    return size * torch.stack([weight.square().sum() for weight in weights]).sum()


@pytest.mark.parametrize(("penalty", "words"), [("vector", "without axes"), ("first_only", "no finite gradient")])
def test_bad_regularizers(penalty: str, words: str) -> None:
    found(check_regularizer(RegularizerSpec("test.penalty", "Penalty", Words, HERE + penalty)), words)


def test_a_good_regularizer() -> None:
    assert check_regularizer(RegularizerSpec("test.penalty", "Penalty", Size, HERE + "ridge")) == []


def mean_already(output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    return (output.argmax(1) == target).float().mean()


def hit(output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    return (output.argmax(1) == target).float()


def test_metrics() -> None:
    bad = MetricSpec("test.metric", "Metric", HERE + "mean_already", Words, ("class",))
    found(check_metric(bad), "6 finite values are needed")
    assert check_metric(MetricSpec("test.metric", "Metric", HERE + "hit", Words, ("class",))) == []


# ── what training relies on ───────────────────────────────────────────────────────────────────────────────────────────


class Watched(Params):
    """Says what it is."""

    monitor: str = "train/loss"
    """what is watched"""


class Restoring(Watched):
    """Says what it is."""

    restore_best: bool = True
    """the best weights come back"""


class Patient:
    def __init__(self, monitor: str) -> None:
        self.monitor, self.heard = monitor, 0

    def ended(self, epoch: int, values: dict[str, float]) -> str:
        if self.monitor not in values:
            raise ValueError(f"{self.monitor} is not measured; there are {', '.join(values)}")
        self.heard += 1
        return "long enough" if self.heard > 9 else ""


class SaysYes(Patient):
    def ended(self, epoch: int, values: dict[str, float]) -> Any:
        return True


class Stumbles:
    def __init__(self, monitor: str) -> None:
        self.monitor = monitor

    def ended(self, epoch: int, values: dict[str, float]) -> str:
        return "low" if values[self.monitor] < 0 else ""


class KeepsAnObject:
    def __init__(self, monitor: str) -> None:
        self.monitor, self.seen = monitor, object()

    def ended(self, epoch: int, values: dict[str, float]) -> str:
        return ""


class Halves:
    """A schedule that watches."""

    def __init__(self, monitor: str) -> None:
        self.monitor, self.factor = monitor, 1.0

    def ended(self, epoch: int, values: dict[str, float]) -> None:
        if self.monitor not in values:
            raise ValueError(f"{self.monitor} is not measured; there are {', '.join(values)}")
        self.factor /= 2


class Below:
    def __init__(self, monitor: str) -> None:
        self.monitor, self.factor = monitor, 1.0

    def ended(self, epoch: int, values: dict[str, float]) -> None:
        self.factor -= 0.3


def test_a_good_stop_rule_and_a_good_watching_schedule() -> None:
    assert check_stop(StopSpec("test.stop", "Stop", Watched, HERE + "Patient")) == []
    assert check_schedule(ScheduleSpec("test.schedule", "Schedule", Watched, watcher=HERE + "Halves")) == []


@pytest.mark.parametrize(
    ("name", "params", "words"),
    [
        ("SaysYes", Watched, "it uses Any, Patient of its module"),
        ("Stumbles", Watched, "a ValueError that names it"),
        ("KeepsAnObject", Watched, "cannot be kept in a checkpoint"),
        ("RestoresNothing", Restoring, "best_epoch"),
    ],
)
def test_bad_stop_rules(name: str, params: type[Params], words: str) -> None:
    found(check_stop(StopSpec("test.stop", "Stop", params, HERE + name)), words)


class RestoresNothing:
    def __init__(self, monitor: str, restore_best: bool) -> None:
        self.monitor = monitor

    def ended(self, epoch: int, values: dict[str, float]) -> str:
        return ""


def test_bad_watching_schedules() -> None:
    found(
        check_schedule(ScheduleSpec("test.schedule", "Schedule", Watched, watcher=HERE + "Below")), "finite number ≥ 0"
    )
    found(check_schedule(ScheduleSpec("test.schedule", "Schedule", Watched)), "either a factor or a watcher")


def needs_torch(step: int, total_steps: int) -> float:
    return float(torch.tensor(1.0))


def test_a_schedule_needs_no_torch() -> None:
    found(check_schedule(ScheduleSpec("test.schedule", "Schedule", Words, HERE + "needs_torch")), "uses torch")


def mirrored(batch: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    flipped = torch.rand(len(batch), generator=generator) < 0.5
    return torch.where(flipped.view(-1, 1, 1, 1), batch.flip(-1), batch)


def from_outside(batch: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    return batch + torch.rand_like(batch)


def in_place(batch: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    return batch.mul_(2)


def smaller(batch: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    return batch[..., :-1]


def greedy(batch: torch.Tensor, target: torch.Tensor, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    return batch, 2 * target


@pytest.mark.parametrize(
    ("function", "targets", "words"),
    [
        ("from_outside", False, "torch's own generator"),
        ("in_place", False, "work on a copy"),
        ("smaller", False, "is needed"),
        ("greedy", True, "sum to one"),
    ],
)
def test_bad_augmentations(function: str, targets: bool, words: str) -> None:
    found(check_augmentation(AugmentationSpec("test.images", "Images", Words, HERE + function, targets=targets)), words)


def test_a_good_augmentation() -> None:
    assert check_augmentation(AugmentationSpec("test.images", "Images", Words, HERE + "mirrored")) == []


def gives_new(gradients: list[torch.Tensor]) -> list[torch.Tensor]:
    return [gradient / 2 for gradient in gradients]


def normalizes(gradients: list[torch.Tensor]) -> None:
    for gradient in gradients:
        gradient.div_(gradient.norm())


def halves(gradients: list[torch.Tensor]) -> None:
    for gradient in gradients:
        gradient.mul_(0.5)


def test_gradients() -> None:
    found(check_gradient(GradientSpec("test.clip", "Clip", Words, HERE + "gives_new")), "in place")
    found(check_gradient(GradientSpec("test.clip", "Clip", Words, HERE + "normalizes")), "not finite")
    assert check_gradient(GradientSpec("test.clip", "Clip", Words, HERE + "halves")) == []


class Averaging(AverageParams):
    """Says what it is."""


def runs_away(average: torch.Tensor, weight: torch.Tensor, count: int) -> None:
    average.add_(weight)


def moves_the_weight(average: torch.Tensor, weight: torch.Tensor, count: int) -> None:
    weight.copy_(average)


def meets(average: torch.Tensor, weight: torch.Tensor, count: int) -> None:
    average.lerp_(weight, 0.5)


def test_averages() -> None:
    found(check_average(AverageSpec("test.mean", "Mean", Averaging, HERE + "runs_away")), "leaves the range")
    found(check_average(AverageSpec("test.mean", "Mean", Averaging, HERE + "moves_the_weight")), "changes the weight")
    assert check_average(AverageSpec("test.mean", "Mean", Averaging, HERE + "meets")) == []


def half_samples(epoch: int, epochs: int, batch_size: int) -> Any:
    return batch_size / 2


def twice(epoch: int, epochs: int, batch_size: int) -> int:
    return 2 * batch_size


def test_batch_schedules() -> None:
    found(
        check_batch_schedule(BatchScheduleSpec("test.size", "Size", Words, HERE + "half_samples")), "whole number ≥ 1"
    )
    assert check_batch_schedule(BatchScheduleSpec("test.size", "Size", Words, HERE + "twice")) == []


# ── data, views, plugins ──────────────────────────────────────────────────────────────────────────────────────────────


def data_of(labels: Any, *, values: Any = None, **options: Any) -> Dataset:
    fields = {
        "x": DataField(np.ones((4, 2)) if values is None else values, "vector", names=("a", "b")),
        "y": DataField(np.array(labels), "label", classes=options.pop("classes", ("no", "yes"))),
    }
    return Dataset(fields, ("x",), "y", **({"source": "here", "licence": "CC0"} | options))


def good_data(params: Params) -> Dataset:
    return data_of([0, 1, 0, 1])


def out_of_range(params: Params) -> Dataset:
    return data_of([0, 1, 0, 7])


def another_each_time(params: Params) -> Dataset:
    return data_of([0, 1, 0, 1], values=np.random.default_rng().random((4, 2)))


def names_astray(params: Params) -> Dataset:
    return data_of([0, 1, 0, 1], values=np.ones((4, 3)))


def no_source(params: Params) -> Dataset:
    return data_of([0, 1, 0, 1], source="")


def no_classes(params: Params) -> Dataset:
    return data_of([0, 1, 0, 1], classes=())


def no_dataset(params: Params) -> Any:
    return [1, 2, 3]


@pytest.mark.parametrize(
    ("load", "words"),
    [
        ("out_of_range", "7"),
        ("another_each_time", "another one each time"),
        ("names_astray", "3 columns and 2 names"),
        ("no_source", "source and licence"),
        ("no_classes", "`classes`"),
        ("no_dataset", "gave list"),
    ],
)
def test_bad_datasets(load: str, words: str) -> None:
    found(check_dataset(DatasetSpec("test.data", "Data", Words, HERE + load)), words)


def test_a_good_dataset_and_one_of_another_task() -> None:
    assert check_dataset(DatasetSpec("test.data", "Data", Words, HERE + "good_data", "classification")) == []
    found(check_dataset(DatasetSpec("test.data", "Data", Words, HERE + "good_data", "regression")), "regression")


def draws_nothing(history: History) -> Any:
    return None


def fails_when_new(history: History) -> Any:
    return Note(str(history.epochs("validation/loss")[1][-1]))


def uneven(history: History) -> Any:
    return Curves([Line(np.arange(3), np.arange(4))])


def meddles(history: History) -> Any:
    history.changes["steps"] = 99
    return Note("x")


def draws(history: History) -> Any:
    x, y = history.steps("loss")
    return Curves([Line(x, y, "loss")])


@pytest.mark.parametrize(
    ("draw", "words"),
    [
        ("draws_nothing", "gave NoneType"),
        ("fails_when_new", "not begun: it fails with IndexError"),
        ("uneven", "(3,) x values"),
        ("meddles", "changed the history"),
    ],
)
def test_bad_views(draw: str, words: str) -> None:
    found(check_view(ViewSpec("test.view", "View", HERE + draw, Words)), words)


def test_a_good_view() -> None:
    assert check_view(ViewSpec("test.view", "View", HERE + "draws", Words)) == []


def test_whole_plugins(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "plugin_with_torch.py").write_text("import torch\nfrom nnstudio.project import graph\n")
    (tmp_path / "plugin_that_fails.py").write_text("raise RuntimeError('no')")
    found(check_plugin("plugin_that_fails"), "RuntimeError: no")
    found(check_plugin("plugin_with_torch"), "imports torch")
    found(check_imports("plugin_with_torch"), "line 2 imports nnstudio.project")
