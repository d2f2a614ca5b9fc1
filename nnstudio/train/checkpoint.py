"""How a run is kept so that it can go on as if it had never stopped: one safetensors file, replaced whole or not at all, without pickle.

The file holds the weights as `model/<name>`, whatever else the state has of tensors as `state/<number>`, and the rest of the state
(the optimizer's numbers, where the run stands) as JSON in its header.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file  # pyright: ignore[reportUnknownVariableType]

from nnstudio.problems import NNStudioError, Problem

FORMAT = "2"
_MODEL, _STATE = "model/", "state/"
_PARTS = ("optimizer", "order", "random", "rest")


@dataclass(frozen=True)
class Position:
    """Where a run stands. epoch: the one to do next, of which `row` samples are done; step: steps done; seconds: of training so far.

    best: the lowest validation loss (training loss where there is none); sums: of the unfinished epoch's values and samples; values: of the last
    whole epoch; changes: made so far while it trained, as `Changed` events' step, path, before and after.
    """

    epoch: int = 0
    row: int = 0
    step: int = 0
    seconds: float = 0.0
    best: float = float("inf")
    sums: Mapping[str, float] = field(default_factory=dict[str, float])
    values: Mapping[str, float] = field(default_factory=dict[str, float])
    changes: Sequence[Mapping[str, Any]] = field(default_factory=list[Mapping[str, Any]])


@dataclass(frozen=True)
class Checkpoint:
    """All that a run needs to go on. weights: the network as it is used, `state_dict`'s: where weights are averaged, the average;
    optimizer: as `state_dict` gives it; order: the state of the generator that shuffles, as the epoch began; random: of torch's own one, by
    device ("cpu", "cuda"); rest: whatever else has a state (other generators, average, watchers): numbers, texts, tensors, lists and dicts.

    The best checkpoint has position and weights alone.
    """

    position: Position
    weights: Mapping[str, torch.Tensor]
    optimizer: Mapping[str, Any] = field(default_factory=dict[str, Any])
    order: torch.Tensor | None = None
    random: Mapping[str, torch.Tensor] = field(default_factory=dict[str, torch.Tensor])
    rest: Mapping[str, Any] = field(default_factory=dict[str, Any])


def save(path: Path, checkpoint: Checkpoint) -> None:
    """Write `checkpoint` to `path`: whole, or the old file stays. Raises OSError."""
    tensors = {_MODEL + name: _plain(value) for name, value in checkpoint.weights.items()}
    state = {name: getattr(checkpoint, name) for name in _PARTS}
    header = {
        "nnstudio_checkpoint": FORMAT,
        "position": json.dumps(vars(checkpoint.position)),
        "state": json.dumps(_pack(state, tensors)),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_suffix(".half")
    try:
        save_file(tensors, half, header)
        half.replace(path)
    except SafetensorError as error:
        raise OSError(f"{path}: {error}") from error
    finally:
        half.unlink(missing_ok=True)


def load(path: Path) -> Checkpoint:
    """The checkpoint in `path`: a file, or the folder of a run (its last one). Raises NNStudioError naming the file."""
    header, tensors = _read(path)
    weights = {name.removeprefix(_MODEL): value for name, value in tensors.items() if name.startswith(_MODEL)}
    try:
        state = _unpack(json.loads(header["state"]), tensors)
        position = Position(**json.loads(header["position"]))
        return Checkpoint(position, weights, **{name: state[name] for name in _PARTS})
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise _problem(f"The checkpoint {path} is damaged: {error}.", "Use another one, or train again.") from error


def load_weights(path: Path) -> dict[str, torch.Tensor]:
    """The weights alone, by their names in the module. Raises NNStudioError naming the file."""
    return {name.removeprefix(_MODEL): value for name, value in _read(path)[1].items() if name.startswith(_MODEL)}


def file_in(path: Path, name: str = "last") -> Path:
    """The checkpoint called `name` ("last" or "best") of the run in folder `path`."""
    return path / "checkpoints" / f"{name}.safetensors"


def _read(path: Path) -> tuple[dict[str, str], dict[str, torch.Tensor]]:
    file = file_in(path) if path.is_dir() else path
    try:
        with cast(Any, safe_open(os.fspath(file), framework="pt")) as opened:  # safetensors brings no types
            header: dict[str, str] = opened.metadata() or {}
            tensors: dict[str, torch.Tensor] = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118
    except FileNotFoundError:
        raise _problem(f"There is no checkpoint {file}.", "Train again from the start.") from None
    except (OSError, SafetensorError) as error:
        raise _problem(f"The checkpoint {file} cannot be read: {error}.", "Use another one, or train again.") from error
    if header.get("nnstudio_checkpoint") != FORMAT:
        raise _problem(f"{file} is no checkpoint of this NNStudio.", "Use one that a run of this version wrote.")
    return header, tensors


def _problem(message: str, remedy: str) -> NNStudioError:
    return NNStudioError(Problem("checkpoint.unusable", message, remedy=remedy, place="run"))


def _plain(value: torch.Tensor) -> torch.Tensor:
    """A copy that shares its memory with nothing, as safetensors wants it."""
    return value.detach().to("cpu", copy=True, memory_format=torch.contiguous_format)


def _pack(value: Any, tensors: dict[str, torch.Tensor]) -> Any:
    """`value` as JSON; its tensors go into `tensors`. Lists of pairs keep keys that are no strings (an optimizer counts its weights)."""
    if isinstance(value, torch.Tensor):
        name = f"{_STATE}{len(tensors)}"
        tensors[name] = _plain(value)
        return {"tensor": name}
    if isinstance(value, Mapping):
        pairs = cast("Mapping[Any, Any]", value).items()
        return {"pairs": [[_pack(key, tensors), _pack(item, tensors)] for key, item in pairs]}
    if isinstance(value, tuple | list):
        kind = "tuple" if isinstance(value, tuple) else "list"
        return {kind: [_pack(item, tensors) for item in cast("Sequence[Any]", value)]}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    kind = type(value).__name__
    message = f"The optimizer or a watcher keeps a {kind} in its state: a checkpoint holds numbers, texts, tensors, lists and dicts."
    raise _problem(message, "Choose another one, or train without keeping the run.")


def _unpack(value: Any, tensors: Mapping[str, torch.Tensor]) -> Any:
    if not isinstance(value, dict):
        return value
    ((kind, content),) = cast("dict[str, Any]", value).items()
    match kind:
        case "tensor":
            return tensors[content]
        case "pairs":
            return {_unpack(key, tensors): _unpack(item, tensors) for key, item in content}
        case "tuple":
            return tuple(_unpack(item, tensors) for item in content)
        case _:
            return [_unpack(item, tensors) for item in content]
