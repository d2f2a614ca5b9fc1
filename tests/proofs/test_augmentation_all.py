"""What every augmentation keeps: the shape, the type, the range, the old batch, the generator; each alone is enough."""

import inspect
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nnstudio.params import form_fields, validate
from nnstudio.plugins import load, resolve
from nnstudio.specs import AugmentationSpec, describe

SPECS = [spec for spec in load(safe_mode=True).registry.augmentations.values() if spec.id.startswith("nnstudio.")]
CASES = [pytest.param(spec, kind, id=f"{spec.id}-{kind}") for spec in SPECS for kind in spec.kinds]


def needed(spec: AugmentationSpec, folder: Path) -> dict[str, Any]:
    """Parameters without a default."""
    groups = folder / "synonyms.txt"
    groups.write_text("1 2 3\n5, 6\n", "utf-8")
    return {
        "nnstudio.synonyms": {"file": str(groups)},
        "nnstudio.back_translation": {"translator": "copy:copy", "p": 1.0},
    }.get(spec.id, {})


def arguments(spec: AugmentationSpec, folder: Path) -> dict[str, Any]:
    params, problems = validate(spec.params, needed(spec, folder), owner=spec.title)
    assert params is not None, problems
    return dict(params)


def made_up(kind: str, seed: int, count: int = 7, channels: int = 3) -> torch.Tensor:
    random = torch.Generator().manual_seed(seed)
    match kind:
        case "image":
            return torch.rand(count, channels, 9, 12, generator=random)
        case "tokens":
            tokens = torch.randint(1, 9, (count, 10), generator=random)
            lengths = torch.randint(0, 11, (count, 1), generator=random)
            return torch.where(torch.arange(10) < lengths, tokens, 0)
        case "array":
            return torch.randn(count, 2, 5, generator=random)
        case "value":
            return torch.randn(count, 1, generator=random)
        case _:
            return torch.randn(count, 6, generator=random)


def call(
    function: Any, spec: AugmentationSpec, batch: torch.Tensor, target: torch.Tensor, seed: int, given: dict[str, Any]
) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    if spec.targets:
        return function(batch, target, generator, **given)
    return function(batch, generator, **given), target


@pytest.mark.curriculum("A1", "A2", "A3", "A4", "A5", "A6", "A7", "R5")
@pytest.mark.parametrize(("spec", "kind"), CASES)
@given(seed=st.integers(0, 999), count=st.integers(1, 9), channels=st.sampled_from([1, 3]))
@settings(max_examples=10, deadline=None)
def test_it_keeps_what_a_batch_is(
    spec: AugmentationSpec, kind: str, tmp_path_factory: pytest.TempPathFactory, seed: int, count: int, channels: int
) -> None:
    chosen = arguments(spec, tmp_path_factory.getbasetemp())
    batch, target = made_up(kind, seed, count, channels), torch.softmax(torch.randn(count, 4), 1)
    before, target_before = batch.clone(), target.clone()
    state = torch.get_rng_state()
    new, mixed = call(resolve(spec.function), spec, batch, target, seed, chosen)
    assert torch.equal(torch.get_rng_state(), state), "it draws from torch's own generator"
    assert torch.equal(batch, before), "it changes the old batch"
    assert torch.equal(target, target_before), "it changes the old targets"
    assert (new.shape, new.dtype) == (batch.shape, batch.dtype)
    assert (mixed.shape, mixed.dtype) == (target.shape, target.dtype)
    assert torch.isfinite(new.double()).all()
    if kind == "image":
        assert new.min() >= 0
        assert new.max() <= 1 + 1e-6
    if spec.targets and "class" in spec.target_kinds:
        torch.testing.assert_close(mixed.sum(1), torch.ones(count))
        assert mixed.min() >= 0
    again, mixed_again = call(resolve(spec.function), spec, batch, target, seed, chosen)
    assert torch.equal(new, again), "the same generator, another result"
    assert torch.equal(mixed, mixed_again)


@pytest.mark.parametrize(("spec", "kind"), CASES)
def test_its_source_alone_does_the_same(spec: AugmentationSpec, kind: str, tmp_path: Path) -> None:
    """As it is written into an exported script, where torch, nn, F and np are there."""
    function = resolve(spec.function)
    names: dict[str, Any] = {"torch": torch, "nn": torch.nn, "F": torch.nn.functional, "np": np}
    exec(compile(inspect.getsource(function), "script", "exec"), names)
    chosen = arguments(spec, tmp_path)
    batch, target = made_up(kind, 3), torch.eye(4)[torch.arange(7) % 4]
    for one, other in zip(
        call(function, spec, batch, target, 5, chosen),
        call(names[function.__name__], spec, batch, target, 5, chosen),
        strict=True,
    ):
        assert torch.equal(one, other)


@pytest.mark.parametrize(("spec", "kind"), [case for case in CASES if case.values[1] != "tokens"])
def test_float64_stays_float64(spec: AugmentationSpec, kind: str, tmp_path: Path) -> None:
    batch, target = made_up(kind, 1).double(), torch.eye(4).double()[torch.arange(7) % 4]
    new, mixed = call(resolve(spec.function), spec, batch, target, 0, arguments(spec, tmp_path))
    assert new.dtype == mixed.dtype == torch.float64


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.id)
def test_it_says_what_it_does(spec: AugmentationSpec) -> None:
    sentence, formula, source = describe(spec.params)
    assert sentence
    assert formula
    assert source
    assert spec.formula
    for field in form_fields(spec.params):
        assert field.ui.help, field.name
        assert field.kind in {"bool", "choice", "text", "file"} or field.low is not None, field.name


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.id)
def test_bad_numbers_are_named_with_their_range(spec: AugmentationSpec, tmp_path: Path) -> None:
    for field in form_fields(spec.params):
        if field.kind not in {"int", "float"}:
            continue
        for bad in (-1e9, float("nan"), float("inf")):
            params, problems = validate(spec.params, {**needed(spec, tmp_path), field.name: bad}, owner=spec.title)
            assert params is None
            assert any(field.name in problem.message and problem.remedy for problem in problems)
