import pytest
import torch
from train_helpers import bundled

from nnstudio.registry import Registry


@pytest.fixture(scope="session")
def registry() -> Registry:
    return bundled()


@pytest.fixture(autouse=True)
def one_thread():
    """Small tensors are slower with more threads, and their number decides the last digits."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
