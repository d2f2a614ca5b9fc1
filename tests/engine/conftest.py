import pytest

from nnstudio import plugins
from nnstudio.registry import Registry


@pytest.fixture(scope="session")
def registry() -> Registry:
    """What the bundled plugins bring."""
    return plugins.load(safe_mode=True).registry
