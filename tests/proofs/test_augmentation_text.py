"""Easy data augmentation (Wei & Zou 2019) on tokens, back-translation, and RandAugment's choice of operations."""

import sys
from collections import Counter
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from nnstudio_augmentation.policy_functions import rand_augment
from nnstudio_augmentation.text_functions import back_translation, random_deletion, random_swap, synonyms
from scipy import stats

SURE = 1e-4
few = settings(max_examples=25, deadline=None)
seeds = st.integers(0, 10_000)
paddings = st.sampled_from([0, 99])


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def sentences(seed: int, padding: int = 0, count: int = 8, width: int = 12, words: int = 20) -> torch.Tensor:
    random = np.random.default_rng(seed)
    tokens = random.integers(1, words, (count, width))
    lengths = random.integers(0, width + 1, (count, 1))
    return torch.from_numpy(np.where(np.arange(width) < lengths, tokens, padding))


def words_of(row: torch.Tensor, padding: int) -> list[int]:
    """The words; padding must stand behind them."""
    tokens = row.tolist()
    length = sum(token != padding for token in tokens)
    assert all(token == padding for token in tokens[length:])
    return tokens[:length]


@pytest.mark.curriculum("A6")
@given(seeds, st.floats(0, 0.6), paddings)
@few
def test_swaps_exchange_words(seed: int, share: float, padding: int) -> None:
    x = sentences(seed, padding)
    for old, new in zip(x, random_swap(x, generator(seed), share=share, padding=padding), strict=True):
        before, after = words_of(old, padding), words_of(new, padding)
        assert Counter(before) == Counter(after)
        swaps = 0 if share == 0 or len(before) < 2 else max(1, round(share * len(before)))
        changed = sum(one != other for one, other in zip(before, after, strict=True))
        assert changed <= 2 * swaps
        assert swaps != 1 or len(set(before)) < len(before) or changed == 2


@pytest.mark.curriculum("A6")
def test_every_pair_of_words_is_as_likely_to_be_swapped() -> None:
    x = torch.arange(1, 5).expand(3000, 4)
    y = random_swap(x, generator(1), share=0.1)
    pairs = Counter(tuple(np.flatnonzero(row)) for row in (y != x).numpy())
    assert len(pairs) == 6
    assert stats.chisquare(list(pairs.values())).pvalue > SURE


@pytest.mark.curriculum("A6")
@given(seeds, st.floats(0, 1), paddings)
@few
def test_deletion_keeps_the_order_and_at_least_one_word(seed: int, p: float, padding: int) -> None:
    x = sentences(seed, padding)
    for old, new in zip(x, random_deletion(x, generator(seed), p=p, padding=padding), strict=True):
        before, after = words_of(old, padding), words_of(new, padding)
        rest = iter(before)
        assert all(word in rest for word in after)  # a subsequence
        assert bool(after) == bool(before)
        assert p < 1 or len(after) == min(1, len(before))
        assert p > 0 or after == before


@pytest.mark.curriculum("A6")
def test_words_go_with_probability_p() -> None:
    x = torch.ones(400, 50, dtype=torch.long)
    left = int((random_deletion(x, generator(2), p=0.2) != 0).sum())
    assert stats.binomtest(20_000 - left, 20_000, 0.2).pvalue > SURE


@pytest.fixture
def groups(tmp_path: Path) -> str:
    path = tmp_path / "synonyms.txt"
    path.write_text("1 2 3\n5, 6\n\n3 7\n", "utf-8")
    return str(path)


OTHERS = {1: {2, 3}, 2: {1, 3}, 3: {1, 2, 7}, 5: {6}, 6: {5}, 7: {3}}


@pytest.mark.curriculum("A6")
@pytest.mark.parametrize("seed", range(20))
def test_words_are_replaced_by_their_synonyms_alone(seed: int, groups: str) -> None:
    x = sentences(seed)
    share = seed / 20
    for old, new in zip(x, synonyms(x, generator(seed), file=groups, replace=share, insert=0), strict=True):
        before, after = words_of(old, 0), words_of(new, 0)
        changed = [(one, other) for one, other in zip(before, after, strict=True) if one != other]
        assert all(other in OTHERS.get(one, ()) for one, other in changed)
        able = sum(word in OTHERS for word in before)
        wanted = 0 if share == 0 else max(1, round(share * len(before)))
        assert len(changed) == min(able, wanted)


@pytest.mark.curriculum("A6")
@pytest.mark.parametrize("seed", range(20))
def test_synonyms_are_inserted_where_there_is_room(seed: int, groups: str) -> None:
    x = sentences(seed)
    share = seed / 20
    for old, new in zip(x, synonyms(x, generator(seed), file=groups, replace=0, insert=share), strict=True):
        before, after = words_of(old, 0), words_of(new, 0)
        rest = iter(after)
        assert all(word in rest for word in before)  # the old words, in their order
        added = Counter(after) - Counter(before)
        able = any(word in OTHERS for word in before)
        wanted = 0 if share == 0 or not able else max(1, round(share * len(before)))
        assert sum(added.values()) == min(wanted, 12 - len(before))
        reachable = {other for word in after if word in OTHERS for other in OTHERS[word]}
        assert set(added) <= reachable


@pytest.mark.curriculum("A6")
def test_each_synonym_and_each_place_is_as_likely(groups: str) -> None:
    x = torch.tensor([[4, 3, 4, 0]]).expand(3000, 4)
    replaced = synonyms(x, generator(3), file=groups, replace=0.1, insert=0)[:, 1].numpy()
    assert stats.chisquare([int((replaced == word).sum()) for word in (1, 2, 7)]).pvalue > SURE
    x = torch.tensor([[5, 4, 4, 0]]).expand(3000, 4)
    inserted = synonyms(x, generator(4), file=groups, replace=0, insert=0.1)
    places = [int((inserted[:, place] == 6).sum()) for place in range(4)]
    assert sum(places) == 3000
    assert stats.chisquare(places).pvalue > SURE


@pytest.mark.curriculum("A6")
def test_groups_may_be_words_of_a_vocabulary(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("<pad>\nfast\nquick\ncar\n", "utf-8")
    (tmp_path / "groups.txt").write_text("fast quick rapid\n", "utf-8")
    x = torch.tensor([[1, 3, 0]])
    files = {"file": str(tmp_path / "groups.txt"), "vocabulary": str(tmp_path / "words.txt")}
    assert synonyms(x, generator(), **files, replace=0.5, insert=0).tolist() == [[2, 3, 0]]


@pytest.fixture
def translators(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("there_and_back")
    module.reverse = lambda found: [list(reversed(tokens)) for tokens in found]  # type: ignore[attr-defined]
    module.speak = lambda texts: [text.replace("fast", "quick").replace("car", "automobile car") for text in texts]  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "there_and_back", module)


@pytest.mark.curriculum("A6")
def test_back_translation_takes_what_the_translator_says(translators: None, tmp_path: Path) -> None:
    x = torch.tensor([[1, 2, 3, 0], [4, 0, 0, 0], [0, 0, 0, 0]])
    y = back_translation(x, generator(), translator="there_and_back:reverse", p=1.0)
    assert y.tolist() == [[3, 2, 1, 0], [4, 0, 0, 0], [0, 0, 0, 0]]
    assert torch.equal(back_translation(x, generator(), translator="there_and_back:reverse", p=0.0), x)
    (tmp_path / "words.txt").write_text("<pad>\nfast\nquick\ncar\n", "utf-8")
    spoken = back_translation(
        torch.tensor([[1, 3, 0]]),
        generator(),
        translator="there_and_back:speak",
        vocabulary=str(tmp_path / "words.txt"),
        p=1.0,
    )
    assert spoken.tolist() == [[2, 3, 0]]  # a word that the vocabulary lacks is left out


@pytest.mark.curriculum("A7")
@given(seeds, st.integers(0, 4), st.floats(0, 10), st.sampled_from([1, 3]))
@few
def test_rand_augment_keeps_pictures_pictures(seed: int, n: int, m: float, channels: int) -> None:
    x = torch.rand(6, channels, 8, 9, generator=generator(seed))
    y = rand_augment(x, generator(seed), n=n, m=m)
    assert y.shape == x.shape
    assert y.min() >= 0
    assert y.max() <= 1 + 1e-6
    assert n > 0 or torch.equal(x, y)


@pytest.mark.curriculum("A7")
def test_rand_augment_is_its_13_operations_each_as_likely() -> None:
    """One picture many times over, n = 1: as many results as operations and ways, as often as stated."""
    one = torch.rand(1, 3, 6, 6, generator=generator(), dtype=torch.float64) * 0.6 + 0.2
    y = rand_augment(one.expand(5200, 3, 6, 6), generator(6), n=1, m=5.0)
    rounded = np.round(y.flatten(1).numpy(), 9)
    results, counts = np.unique(rounded, axis=0, return_counts=True)
    two_ways, one_way = 9, 4  # identity, auto-contrast, posterize and solarize have but one
    assert len(results) == 2 * two_ways + one_way
    expected = [5200 / 13 if count > 300 else 5200 / 26 for count in counts]
    assert sum(count > 300 for count in counts) == one_way
    assert stats.chisquare(counts, expected).pvalue > SURE


@pytest.mark.curriculum("A7")
def test_rand_augment_against_its_definitions() -> None:
    """Those of its results that can be written in a line are among what comes out."""
    m = 10.0
    one = torch.rand(1, 1, 6, 6, generator=generator(), dtype=torch.float64)
    y = rand_augment(one.expand(800, 1, 6, 6), generator(7), n=1, m=m).numpy()[:, 0]
    x = one.numpy()[0, 0]
    wanted = {
        "identity": x,
        "auto-contrast": (x - x.min()) / (x.max() - x.min()),
        "brighter": np.clip(1.9 * x, 0, 1),
        "darker": 0.1 * x,
        "more contrast": np.clip(x.mean() + 1.9 * (x - x.mean()), 0, 1),
        "less contrast": x.mean() + 0.1 * (x - x.mean()),
        "posterize to 4 bits": np.floor(np.round(x * 255) / 16) * 16 / 255,
        "solarize all": 1 - x,
    }
    for name, expected in wanted.items():
        assert (abs(y - expected).max((1, 2)) < 1e-10).any(), name


@pytest.mark.curriculum("A7")
def test_strength_zero_changes_nothing_but_auto_contrast() -> None:
    x = torch.rand(1, 3, 6, 6, generator=generator(), dtype=torch.float64)
    x[:, :, 0, 0], x[:, :, 0, 1] = 0.0, 0.999  # auto-contrast would change but little, solarize nothing
    y = rand_augment(x.expand(300, 3, 6, 6), generator(8), n=1, m=0.0)
    assert (y - x).abs().max() < 3e-3  # posterize to 8 bits rounds
