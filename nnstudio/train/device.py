"""Which device does a run use?"""

import os

import torch

from nnstudio.problems import NNStudioError, Problem


def available() -> tuple[str, ...]:
    """The devices that torch finds here, the one that "auto" takes first."""
    cuda = tuple(f"cuda:{index}" for index in range(torch.cuda.device_count())) if torch.cuda.is_available() else ()
    mps = ("mps",) if torch.backends.mps.is_available() else ()
    return (*cuda, *mps, "cpu")


def choose(name: str) -> torch.device:
    """The device called `name`: "auto" (CUDA, else MPS, else the CPU), "cpu", "cuda", "cuda:1", "mps".

    Raises NNStudioError naming the device and those there are.
    """
    there = available()
    wanted = there[0] if name == "auto" else f"{name}:0" if name == "cuda" else name
    if wanted in there:
        return torch.device(wanted)
    remedy = f"Choose auto, {', '.join(reversed(there))} in the recipe."
    raise NNStudioError(
        Problem("recipe.device", f"There is no device '{name}' here.", remedy=remedy, param="device", place="recipe")
    )


def make_repeatable(device: torch.device) -> None:
    """Let the same run give the same numbers on a GPU too. On the CPU it does anyway."""
    if device.type == "cuda":
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # read when cuBLAS is first used
        torch.use_deterministic_algorithms(True, warn_only=True)
        torch.backends.cudnn.benchmark = False
