"""The checks of what is done to weights (constraints, noise, initializers of modules and networks) find each fault."""

import pytest
import torch
from torch import nn

from nnstudio.api import ConstraintSpec, InitializerSpec, NoiseSpec, Params, RegularizerSpec
from nnstudio.testing import check_constraint, check_initializer, check_noise, check_regularizer

HERE = f"{__name__}:"
FACTOR = 2


class Words(Params):
    """Says what it is."""


class Wanted(Params):
    """Says what it is."""

    name: str
    """must be given"""


def found(complaints: list[str], words: str) -> None:
    assert any(words in complaint for complaint in complaints), complaints


def halves(weight: torch.Tensor) -> None:
    weight.mul_(0.5)


def divides_by_nothing(weight: torch.Tensor) -> None:
    weight.div_(0)


def leans(weight: torch.Tensor) -> None:
    weight.clamp_(-FACTOR, FACTOR)


def box(weight: torch.Tensor) -> None:
    weight.clamp_(-1, 1)


@pytest.mark.parametrize(
    ("function", "words"), [("halves", "changes when"), ("divides_by_nothing", "not finite"), ("leans", "FACTOR")]
)
def test_bad_constraints(function: str, words: str) -> None:
    found(check_constraint(ConstraintSpec("test.box", "Box", Words, HERE + function)), words)


def test_a_good_constraint() -> None:
    assert check_constraint(ConstraintSpec("test.box", "Box", Words, HERE + "box")) == []


def one_number(weight: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    return weight.sum()


def in_place(weight: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    return weight.add_(1)


def from_elsewhere(weight: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    return torch.randn_like(weight)


def from_its_generator(weight: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    return torch.randn(weight.shape, generator=generator)


@pytest.mark.parametrize(
    ("function", "words"),
    [
        ("one_number", "for each weight"),
        ("in_place", "changes the weight"),
        ("from_elsewhere", "from `generator` alone"),
    ],
)
def test_bad_noise(function: str, words: str) -> None:
    found(check_noise(NoiseSpec("test.noise", "Noise", Words, HERE + function)), words)


def test_good_noise() -> None:
    assert check_noise(NoiseSpec("test.noise", "Noise", Words, HERE + "from_its_generator")) == []


def spoils(module: nn.Module) -> None:
    for parameter in module.parameters():
        parameter.fill_(float("nan"))


def other_seed(network: nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
    generator = torch.Generator()
    generator.seed()
    for parameter in network.parameters():
        parameter.copy_(torch.randn(parameter.shape, generator=generator))


def ones(module: nn.Module) -> None:
    for parameter in module.parameters():
        parameter.fill_(1)


@pytest.mark.parametrize(
    ("function", "scope", "words"), [("spoils", "module", "not finite"), ("other_seed", "network", "same seed")]
)
def test_bad_initializers_of_modules_and_networks(function: str, scope: str, words: str) -> None:
    found(check_initializer(InitializerSpec("test.init", "Init", Words, HERE + function, scope=scope)), words)


def test_a_good_initializer_of_modules() -> None:
    assert check_initializer(InitializerSpec("test.init", "Init", Words, HERE + "ones", scope="module")) == []


def by_name(weights: dict[str, torch.Tensor]) -> torch.Tensor:
    return torch.stack([weight.square().sum() for weight in weights.values()]).sum()


def of_a_name(weights: dict[str, torch.Tensor], name: str) -> torch.Tensor:
    return weights[name].square().sum()


def test_penalties_by_name_and_those_that_need_to_be_told_something() -> None:
    assert check_regularizer(RegularizerSpec("test.named", "Named", Words, HERE + "by_name", named=True)) == []
    told = RegularizerSpec("test.told", "Told", Wanted, HERE + "of_a_name", named=True)
    assert check_regularizer(told) == []  # nothing can be made up for it
    found(check_regularizer(told, {"name": "fc0.weight"}), "no finite gradient")
