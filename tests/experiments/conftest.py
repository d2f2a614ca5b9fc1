import pytest
import torch
from experiment_helpers import bundled

from nnstudio.experiments.bench import Bench


@pytest.fixture(scope="session")
def bench() -> Bench:
    return Bench(bundled())


@pytest.fixture(autouse=True)
def one_thread():
    """The number of threads decides the last digits."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
