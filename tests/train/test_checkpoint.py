"""A checkpoint comes back as it was, or says which file is wrong."""

import json
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors import safe_open

from nnstudio.problems import NNStudioError
from nnstudio.train import checkpoint
from nnstudio.train.checkpoint import Checkpoint, Position

numbers = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**53), 2**53), st.floats(allow_nan=False), st.text(max_size=5)
)
tensors = st.builds(
    lambda size, dtype: torch.arange(size).to(dtype),
    st.integers(0, 4),
    st.sampled_from([torch.float32, torch.int64, torch.uint8]),
)
states = st.recursive(
    st.one_of(numbers, tensors),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.tuples(inner, inner),
        st.dictionaries(st.one_of(st.integers(), st.text(max_size=4)), inner, max_size=3),
    ),
    max_leaves=8,
)


def same(first: object, second: object) -> bool:
    if isinstance(first, torch.Tensor):
        return isinstance(second, torch.Tensor) and first.dtype == second.dtype and torch.equal(first, second)
    if isinstance(first, dict):
        return (
            isinstance(second, dict)
            and list(first) == list(second)
            and all(same(first[key], second[key]) for key in first)
        )
    if isinstance(first, list | tuple):
        return type(first) is type(second) and len(first) == len(second) and all(map(same, first, second))
    return type(first) is type(second) and first == second


@given(state=st.dictionaries(st.text(max_size=4), states, max_size=3))
@settings(max_examples=60, deadline=None)
def test_any_optimizers_state_comes_back(tmp_path_factory: pytest.TempPathFactory, state: dict[str, object]) -> None:
    path = tmp_path_factory.mktemp("state") / "last.safetensors"
    weights = {"fc1.weight": torch.randn(3, 2)}
    kept = Checkpoint(
        Position(2, 5, 77, 1.5, 0.25, {"loss": 3.0}, {"train/loss": 0.5}),
        weights,
        state,
        torch.get_rng_state(),
        {"cpu": torch.get_rng_state()},
    )
    checkpoint.save(path, kept)
    found = checkpoint.load(path)
    assert found.position == kept.position
    assert same(dict(found.weights), weights)
    assert same(found.optimizer, state)
    assert torch.equal(found.order, kept.order)
    assert same(checkpoint.load_weights(path), weights)


def test_shared_and_transposed_weights_are_kept(tmp_path: Path) -> None:
    shared = torch.randn(2, 3)
    weights = {"a": shared, "b": shared, "c": shared.t(), "d": shared[0]}
    checkpoint.save(tmp_path / "last.safetensors", Checkpoint(Position(), weights))
    assert same(
        checkpoint.load_weights(tmp_path / "last.safetensors"),
        {name: value.contiguous() for name, value in weights.items()},
    )


def test_the_file_is_plain_safetensors_and_json(tmp_path: Path) -> None:
    path = tmp_path / "last.safetensors"
    checkpoint.save(path, Checkpoint(Position(1, 0, 10), {"fc.weight": torch.ones(1)}))
    with safe_open(str(path), framework="np") as opened:
        assert list(opened.keys()) == ["model/fc.weight"]
        assert json.loads(opened.metadata()["position"])["step"] == 10


def test_a_folder_means_its_last_checkpoint(tmp_path: Path) -> None:
    checkpoint.save(checkpoint.file_in(tmp_path), Checkpoint(Position(step=4), {"w": torch.ones(1)}))
    assert checkpoint.load_weights(tmp_path)["w"].item() == 1


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\x08\0\0\0\0\0\0\0{}      ", b"\xff" * 64])
def test_a_broken_file_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "last.safetensors"
    path.write_bytes(content)
    with pytest.raises(NNStudioError, match=r"last\.safetensors"):
        checkpoint.load(path)


def test_a_truncated_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "last.safetensors"
    checkpoint.save(path, Checkpoint(Position(), {"w": torch.ones(100)}))
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(NNStudioError, match="cannot be read"):
        checkpoint.load(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(NNStudioError, match=r"There is no checkpoint .*last\.safetensors"):
        checkpoint.load(tmp_path)


def test_a_save_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "last.safetensors"
    checkpoint.save(path, Checkpoint(Position(step=1), {"w": torch.ones(1)}))

    def full(tensors: object, file: Path, header: object) -> None:
        file.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoint, "save_file", full)
    with pytest.raises(OSError, match="No space"):
        checkpoint.save(path, Checkpoint(Position(step=2), {"w": torch.ones(1)}))
    assert checkpoint.load(path).position.step == 1
    assert [file.name for file in tmp_path.iterdir()] == ["last.safetensors"]
