"""Image augmentation on whole batches: NNStudio's functions against kornia's and against transforms of one sample after the other.

Flip left–right, crop after padding by 4, cutout and mixup, each alone and all four behind one another, on batches of 28 × 28 grey and
32 × 32 colour pictures. Everybody draws random parameters for each sample. The per-sample contender is a plain loop, as a `Dataset` that
transforms in `__getitem__` runs it, with `torch.stack` behind it (and mixup on the batch, where it belongs). One thread; contenders take
turns, a turn being some calls; a ratio is a contender's CPU time by ours, the median over the turns: 1 means as fast.
Without kornia (`pip install kornia`) a line says so and its rows are left out.
"""

import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Any

os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = "1"

import torch
import torch.nn.functional as F

from nnstudio import plugins
from nnstudio.plugins import resolve

Row = tuple[str, str, str, bool]
Batch = tuple[torch.Tensor, torch.Tensor]
Contender = Callable[[torch.Tensor, torch.Tensor], Any]

TURNS = 15
TURN_SECONDS = 0.05  # about so long a contender works before the next one's turn
BATCHES = (64, 128, 256)
PICTURES = {"28 × 28 grey": (1, 28, 28), "32 × 32 colour": (3, 32, 32)}
OPERATIONS = ("flip", "crop", "cutout", "mixup")
CLASSES, PADDING, HOLE = 10, 4, 0.3


# ── the contenders ────────────────────────────────────────────────────────────────────────────────────────────────────


def ours(names: tuple[str, ...]) -> Contender:
    known = plugins.load(safe_mode=True).registry.augmentations
    ids = {"flip": "flip_horizontal", "crop": "crop", "cutout": "cutout", "mixup": "mixup"}
    given: Mapping[str, dict[str, Any]] = {"crop": {"padding": PADDING}, "cutout": {"size": HOLE}}
    steps = [(known[f"nnstudio.{ids[name]}"], given.get(name, {})) for name in names]
    functions = [(resolve(spec.function), spec.targets, dict(spec.params(**params))) for spec, params in steps]
    generator = torch.Generator().manual_seed(0)

    def run(images: torch.Tensor, shares: torch.Tensor) -> Batch:
        for function, targets, params in functions:
            if targets:
                images, shares = function(images, shares, generator, **params)
            else:
                images = function(images, generator, **params)
        return images, shares

    return run


def by_kornia(names: tuple[str, ...], size: tuple[int, int]) -> Contender | None:
    if find_spec("kornia") is None:
        return None
    augmentation = import_module("kornia.augmentation")
    makers: Mapping[str, Callable[[], Any]] = {
        "flip": lambda: augmentation.RandomHorizontalFlip(p=0.5),
        "crop": lambda: augmentation.RandomCrop(size, padding=PADDING, cropping_mode="slice"),
        "cutout": lambda: augmentation.RandomErasing(p=1.0, scale=(HOLE**2, HOLE**2), ratio=(1.0, 1.0), value=0.0),
        "mixup": lambda: augmentation.RandomMixUpV2(p=1.0, data_keys=["input", "class"]),
    }
    steps = [(makers[name](), name == "mixup") for name in names]

    def run(images: torch.Tensor, shares: torch.Tensor) -> Any:
        labels: Any = shares.argmax(1)
        for step, mixes in steps:
            if mixes:
                images, labels = step(images, labels)
            else:
                images = step(images)
        return images, labels

    return run


def sample_by_sample(names: tuple[str, ...]) -> Contender:
    def transform(image: torch.Tensor) -> torch.Tensor:
        _, height, width = image.shape
        if "flip" in names and random.random() < 0.5:
            image = image.flip(2)
        if "crop" in names:
            top, left = random.randint(0, 2 * PADDING), random.randint(0, 2 * PADDING)
            image = F.pad(image, [PADDING] * 4)[:, top : top + height, left : left + width]
        if "cutout" in names:
            side = round(HOLE * min(height, width))
            top, left = random.randrange(height) - side // 2, random.randrange(width) - side // 2
            image = image.clone()
            image[:, max(0, top) : max(0, top + side), max(0, left) : max(0, left + side)] = 0
        return image

    def mixed(images: torch.Tensor, shares: torch.Tensor) -> Batch:
        others = random.sample(range(len(images)), len(images))
        pairs: list[Batch] = []
        for index, other in enumerate(others):
            part = random.betavariate(0.2, 0.2)
            pairs.append(
                (
                    part * images[index] + (1 - part) * images[other],
                    part * shares[index] + (1 - part) * shares[other],
                )
            )
        return torch.stack([image for image, _ in pairs]), torch.stack([share for _, share in pairs])

    def run(images: torch.Tensor, shares: torch.Tensor) -> Batch:
        if names != ("mixup",):
            images = torch.stack([transform(image) for image in images])
        return mixed(images, shares) if "mixup" in names else (images, shares)

    return run


# ── measuring ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def measure() -> list[Row]:
    torch.set_num_threads(1)
    if find_spec("kornia") is None:
        print("kornia is not installed (pip install kornia): measured against one by one alone.", file=sys.stderr)
    rows: list[Row] = []
    for title, shape in PICTURES.items():
        cases = [(OPERATIONS, count) for count in BATCHES] + [((name,), 128) for name in OPERATIONS]
        for names, count in cases:
            what = " + ".join(names) if len(names) == 1 else "all four"
            rows += _rows(f"{what}, {count} × {title}", names, (count, *shape))
    return rows


def _rows(what: str, names: tuple[str, ...], shape: tuple[int, ...]) -> list[Row]:
    images = torch.rand(shape, generator=torch.Generator().manual_seed(0))
    shares = torch.eye(CLASSES)[torch.arange(shape[0]) % CLASSES]
    contenders: dict[str, Contender | None] = {
        "ours": ours(names),
        "kornia": by_kornia(names, (shape[2], shape[3])),
        "one by one": sample_by_sample(names),
    }
    taken = _take_turns({name: each for name, each in contenders.items() if each is not None}, images, shares)
    rows: list[Row] = []
    for other in ("kornia", "one by one"):
        if other not in taken:
            continue
        ratio = statistics.median(theirs / mine for theirs, mine in zip(taken[other], taken["ours"], strict=True))
        mine, theirs = (1e3 * statistics.median(taken[name]) for name in ("ours", other))
        rows.append((f"{what}: against {other}", f"{ratio:.2f} ({mine:.2f} ms, {theirs:.2f} ms)", "> 1", ratio > 1))
    return rows


def _take_turns(
    contenders: Mapping[str, Contender], images: torch.Tensor, shares: torch.Tensor
) -> dict[str, list[float]]:
    """CPU seconds a call, turn by turn."""
    calls: dict[str, int] = {}
    for name, contender in contenders.items():
        contender(images, shares)  # warm
        began = time.process_time()
        contender(images, shares)
        calls[name] = max(1, round(TURN_SECONDS / max(time.process_time() - began, 1e-5)))
    taken: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(TURNS):
        for name, contender in contenders.items():
            began = time.process_time()
            for _ in range(calls[name]):
                contender(images, shares)
            taken[name].append((time.process_time() - began) / calls[name])
    return taken
