"""Which samples are for training, validation and test?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Indices = npt.NDArray[np.int64]
Array = npt.NDArray[np.generic]


@dataclass(frozen=True)
class Split:
    """Indices into the dataset, ascending; disjoint, and together all samples. Two exceptions: of a bootstrap the training part holds

    some samples several times and others not at all, and of folds by time what comes after the validation part is in none.
    """

    train: Indices
    validation: Indices
    test: Indices

    def part(self, name: str) -> Indices:
        """By its name: "train", "validation" or "test"."""
        return {"train": self.train, "validation": self.validation, "test": self.test}[name]


def split(
    samples: int,
    *,
    validation: float,
    test: float,
    seed: int = 0,
    labels: Array | None = None,
    test_start: int | None = None,
    groups: Array | None = None,
    times: Array | None = None,
    folds: int = 0,
    fold: int = 0,
    bootstrap: int = 0,
) -> Split:
    """Divide `samples` by the shares `validation` and `test`, shuffled with `seed`.

    labels: with them, each class is divided by these shares (within one sample; the parts' sizes come out as without), and keeps at least
    one sample for training, if need be at the cost of another part.
    test_start: samples from there on are the test part already; `test` is not used and `validation` is a share of the others.
    groups: a value a sample; samples of the same value stay in one part, and each part with a share gets at least one group.
    times: a value a sample; the earliest are for training, the latest for the test.
    folds k: the validation part is fold number `fold` of what is not for the test, and `validation` is not used. −1: a fold a sample (or group).
    By time, k + 1 stretches follow each other: fold i validates on stretch i + 1 and trains on all before it, never on what is later.
    bootstrap: training samples are drawn with replacement, as many as there are, with this seed; 0: they are not.
    """
    rng = np.random.default_rng(seed)
    own_test = np.arange(samples if test_start is None else test_start, samples, dtype=np.int64)
    free = np.arange(samples - len(own_test), dtype=np.int64)
    shares = {"validation": 0.0 if folds else validation, "test": test if test_start is None else 0.0}
    if times is not None:
        parts = _by_time(free, times, shares)
    elif groups is not None:
        parts = _by_group(free, groups, shares, rng)
    else:
        parts = _by_class(free, labels, shares, rng)
    if folds:
        parts |= _folded(parts["train"], folds, fold, labels=labels, groups=groups, times=times, rng=rng)
    test_part = np.sort(np.concatenate((parts["test"], own_test)))
    divided = Split(np.sort(parts["train"]), np.sort(parts["validation"]), test_part)
    return divided if not bootstrap else replace(divided, train=_drawn(divided.train, bootstrap))


def fold_count(folds: int, units: int, *, by_time: bool = False) -> int:
    """How many folds there are of `units` samples (or groups) that are not for the test."""
    return folds if folds != -1 else units - 1 if by_time else units


# ── by shares ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _by_class(
    free: Indices, labels: Array | None, shares: Mapping[str, float], rng: np.random.Generator
) -> dict[str, Indices]:
    classes = np.zeros(len(free)) if labels is None else labels[: len(free)]
    taken: dict[str, list[Indices]] = {"train": [], "validation": [], "test": []}
    owed = dict.fromkeys(shares, 0.0)  # what rounding has kept from a part so far: the next class makes up for it
    for label in np.unique(classes):
        rest = rng.permutation(free[classes == label])
        size = len(rest)
        for name, share in shares.items():
            owed[name] += share * size
            count = max(0, min(round(owed[name]), len(rest) - 1))
            owed[name] -= count
            taken[name].append(rest[:count])
            rest = rest[count:]
        taken["train"].append(rest)
    return {name: np.sort(np.concatenate([free[:0], *chosen])) for name, chosen in taken.items()}


def _by_time(free: Indices, times: Array, shares: Mapping[str, float]) -> dict[str, Indices]:
    ordered = _in_time(free, times)
    tests = round(shares["test"] * len(free))
    seen = round(shares["validation"] * len(free))
    first, second = len(free) - tests - seen, len(free) - tests
    return {"train": ordered[:first], "validation": ordered[first:second], "test": ordered[second:]}


def _in_time(rows: Indices, times: Array) -> Indices:
    return rows[np.argsort(times[rows], kind="stable")]


def _by_group(
    free: Indices, groups: Array, shares: Mapping[str, float], rng: np.random.Generator
) -> dict[str, Indices]:
    used = {name: share for name, share in {"train": 1 - sum(shares.values()), **shares}.items() if share > 0}
    dealt = _dealt(free, groups, [share * len(free) for share in used.values()], rng)
    return {"train": free[:0], "validation": free[:0], "test": free[:0], **dict(zip(used, dealt, strict=True))}


def _dealt(rows: Indices, groups: Array, wanted: Sequence[float], rng: np.random.Generator) -> list[Indices]:
    """`rows`, group by group in a random order, each to the pile that lacks most of the sizes `wanted`; none stays empty while others have two."""
    names, numbers = np.unique(groups[rows], return_inverse=True)
    by_group: Indices = rows[np.argsort(numbers, kind="stable")]
    ends: list[int] = np.cumsum(np.bincount(numbers, minlength=len(names))).tolist()
    members = [by_group[start:end] for start, end in pairwise([0, *ends])]
    piles: list[list[Indices]] = [[] for _ in wanted]
    lacking = np.array(wanted, np.float64)
    in_turn: list[int] = rng.permutation(len(names)).tolist()
    for left, number in zip(range(len(names), 0, -1), in_turn, strict=True):
        empty = [index for index, pile in enumerate(piles) if not pile]
        choice = empty if len(empty) >= left else range(len(piles))
        chosen = max(choice, key=lambda index: lacking[index])
        piles[chosen].append(members[number])
        lacking[chosen] -= len(members[number])
    return [np.concatenate([rows[:0], *pile]) for pile in piles]


# ── by folds ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _folded(
    rows: Indices,
    folds: int,
    fold: int,
    *,
    labels: Array | None,
    groups: Array | None,
    times: Array | None,
    rng: np.random.Generator,
) -> dict[str, Indices]:
    """{"train": …, "validation": …} of `rows`: fold number `fold` is the validation part."""
    if times is not None:
        ordered = _in_time(rows, times)
        stretches = np.array_split(ordered, fold_count(folds, len(rows), by_time=True) + 1)
        return {"train": np.concatenate(stretches[: fold + 1]), "validation": stretches[fold + 1]}
    if groups is not None:
        count = fold_count(folds, len(np.unique(groups[rows])))
        piles = _dealt(rows, groups, [len(rows) / count] * count, rng)
    elif folds == -1:
        piles = np.split(rows, len(rows))
    else:
        piles = _stratified(rows, folds, labels, rng)
    return {"train": np.concatenate([*piles[:fold], *piles[fold + 1 :]]), "validation": piles[fold]}


def _stratified(rows: Indices, folds: int, labels: Array | None, rng: np.random.Generator) -> list[Indices]:
    """`folds` piles that differ by at most one sample, of each class too: the samples, class by class, are dealt in turn."""
    shuffled = rng.permutation(rows)
    if labels is not None:
        shuffled = shuffled[np.argsort(labels[shuffled], kind="stable")]
    return [shuffled[start::folds] for start in range(folds)]


def _drawn(rows: Indices, seed: int) -> Indices:
    return np.sort(np.random.default_rng(seed).choice(rows, len(rows), replace=True)) if len(rows) else rows
