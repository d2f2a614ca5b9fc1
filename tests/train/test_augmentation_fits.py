"""An augmentation that fits neither the data nor the loss is named before training; the others change the training part alone."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from train_helpers import bundled, chain, serve, table, with_specs

from nnstudio.data import DataField, Dataset
from nnstudio.engine.inspect import inspect
from nnstudio.engine.preview import preview
from nnstudio.events import EpochEnded, Failed
from nnstudio.problems import Problem
from nnstudio.project.graph import Graph
from nnstudio.project.project import Data, Entry, Project, Recipe
from nnstudio.registry import Registry
from nnstudio.specs import LossParams, LossSpec
from nnstudio.train.data import load_data
from nnstudio.train.fits import misfits
from nnstudio.train.loop import train

CLASSES = ("torch.linear", {"out_features": 3})
random = np.random.default_rng(0)


def images(count: int = 40) -> Dataset:
    pixels = random.integers(0, 256, (count, 1, 6, 6), dtype=np.uint8)
    fields = {"image": DataField(pixels, "image"), "y": DataField(np.arange(count) % 3, "label", ("a", "b", "c"))}
    return Dataset(fields, ("image",), "y")


def network(loss: str = "torch.cross_entropy", outputs: int = 3, field: str = "x") -> Graph:
    return chain(
        ("nnstudio.input", {"field": field}), "nnstudio.flatten", ("torch.linear", {"out_features": outputs}), loss
    )


HARD = LossSpec("test.hard", "Hard loss", call="F.cross_entropy({input}, {target})", params=LossParams, target="class")


def against(dataset: Dataset, graph: Graph, *entries: Entry) -> tuple[Problem, ...]:
    data, registry = serve(dataset, with_specs(bundled(), layer=HARD))
    project = Project(graph=graph, data=data, recipe=Recipe(augmentations=entries))
    info = load_data(data, registry).info
    return misfits(project, registry, info, inspect(graph, info, registry))


def numbers(kind: str = "label") -> Dataset:
    x = random.normal(size=(40, 4))
    return table(x, np.arange(40) % 3 if kind == "label" else x[:, :1], kind=kind)


@pytest.mark.curriculum("A1", "A2", "A5")
def test_what_fits_is_not_complained_of() -> None:
    entries = [Entry(id) for id, spec in bundled().augmentations.items() if "image" in spec.kinds]
    chosen = [entry for entry in entries if "class" in bundled().augmentations[entry.type].target_kinds]
    assert against(images(), network(field="image"), *chosen) == ()


def test_another_kind_of_field_is_named_with_what_would_fit() -> None:
    (problem,) = against(numbers(), network(), Entry("nnstudio.cutout"))
    assert "Cutout is for images" in problem.message
    assert "'x' (vector)" in problem.message
    assert "Input noise" in problem.remedy or "Mixup" in problem.remedy
    assert (problem.place, problem.param) == ("recipe", "augmentations")


def test_what_is_switched_off_does_not_matter() -> None:
    assert against(numbers(), network(), Entry("nnstudio.cutout", enabled=False)) == ()


def test_mixing_needs_a_loss_that_takes_mixtures() -> None:
    (problem,) = against(numbers(), network("test.hard"), Entry("nnstudio.mixup"))
    assert "Hard loss cannot compare with a mixture" in problem.message
    assert "Cross-entropy" in problem.remedy
    assert against(numbers(), network(), Entry("nnstudio.mixup")) == ()
    assert against(numbers("value"), network("torch.mse", 1), Entry("nnstudio.mixup")) == ()


def test_noise_on_targets_is_for_their_kind() -> None:
    (problem,) = against(numbers(), network(), Entry("nnstudio.target_noise"))
    assert "values" in problem.message
    assert "classes" in problem.message
    (problem,) = against(numbers("value"), network("torch.mse", 1), Entry("nnstudio.label_noise"))
    assert "classes" in problem.message


def test_a_trial_finds_what_would_fail(tmp_path: Path) -> None:
    (problem,) = against(images(), network(field="image"), Entry("nnstudio.crop", {"padding": 9, "fill": "reflection"}))
    assert "Random crop fails on a sample of 1 × 6 × 6" in problem.message
    tokens = Dataset(
        {
            "t": DataField(random.integers(1, 9, (40, 5)), "tokens", vocabulary=9),
            "y": DataField(np.arange(40) % 3, "label"),
        },
        ("t",),
        "y",
    )
    graph = chain(
        ("nnstudio.input", {"field": "t"}),
        ("torch.embedding", {"num_embeddings": 9, "embedding_dim": 4}),
        "nnstudio.flatten",
        CLASSES,
        "torch.cross_entropy",
    )
    missing = str(tmp_path / "nowhere.txt")
    (problem,) = against(tokens, graph, Entry("nnstudio.synonyms", {"file": missing}))
    assert missing in problem.message
    (problem,) = against(tokens, graph, Entry("nnstudio.back_translation", {"translator": "no_module:f", "p": 1.0}))
    assert "no_module" in problem.message


def project_with(registry_data: tuple[Data, Registry], *entries: Entry, field: str = "image") -> Project:
    return Project(
        graph=network(field=field), data=registry_data[0], recipe=Recipe(epochs=2, batch_size=8, augmentations=entries)
    )


def test_training_refuses_a_misfit() -> None:
    served = serve(numbers())
    (failed,) = train(project_with(served, Entry("nnstudio.cutout"), field="x"), served[1])
    assert isinstance(failed, Failed)
    assert "Cutout" in failed.problems[0].message


@pytest.mark.curriculum("A1")
def test_augmentation_touches_the_training_part_alone() -> None:
    """Where nothing is learnt (lr 0 is not allowed, so next to nothing), only the training part's loss can differ."""
    served = serve(images())
    plain = project_with(served)
    slow = replace(plain.recipe, optimizer=Entry("torch.sgd", {"lr": 1e-12}))
    plain = replace(plain, recipe=slow)
    inverted = replace(plain, recipe=replace(slow, augmentations=(Entry("nnstudio.invert", {"p": 1.0}),)))
    one, other = ([e for e in train(project, served[1]) if isinstance(e, EpochEnded)] for project in (plain, inverted))
    assert len(one) == 2
    for before, after in zip(one, other, strict=True):
        assert before.values["validation/loss"] == pytest.approx(after.values["validation/loss"], rel=1e-6)
        assert before.values["train/loss"] != pytest.approx(after.values["train/loss"], rel=1e-3)


@pytest.mark.curriculum("A1", "V10")
def test_a_preview_shows_training_samples_before_and_after() -> None:
    data, registry = serve(images())
    shown = preview(data, registry, augmentations=[Entry("nnstudio.invert", {"p": 1.0})], seed=3)
    assert shown.before is not None
    assert shown.augmented is not None
    loaded = load_data(data, registry)
    assert set(shown.augmented_rows) <= set(loaded.split.train)
    pixels = loaded.dataset.fields["image"].values[shown.augmented_rows, 0]
    assert np.array_equal(shown.before, pixels)
    assert np.array_equal(shown.augmented, 255 - pixels)
    assert shown.augmented_field == "image"
    again = preview(data, registry, augmentations=[Entry("nnstudio.rotate")], seed=3)
    assert np.array_equal(
        again.augmented, preview(data, registry, augmentations=[Entry("nnstudio.rotate")], seed=3).augmented
    )
    assert preview(data, registry, augmentations=[Entry("nnstudio.random_swap")]).augmented is None
    assert preview(data, registry, augmentations=[Entry("nobody.knows")]).augmented is None


@pytest.mark.curriculum("V10")
def test_a_preview_of_a_table_shows_its_values_as_the_network_gets_them() -> None:
    data, registry = serve(numbers())
    shown = preview(data, registry, augmentations=[Entry("nnstudio.mixup")])
    (column,) = load_data(data, registry).columns(["x"])
    assert np.array_equal(shown.before, column.select(torch.from_numpy(shown.augmented_rows)))
    assert shown.augmented.shape == shown.before.shape
