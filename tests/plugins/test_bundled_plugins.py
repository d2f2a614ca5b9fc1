"""Everything built in passes what plugin authors are told to test with, and uses the API that they have."""

import pytest

from nnstudio.plugins import BUNDLED, State, load
from nnstudio.testing import check_imports, check_plugin


@pytest.mark.parametrize("name", BUNDLED)
def test_a_bundled_plugin_is_sound(name: str) -> None:
    assert check_plugin(name) == []


@pytest.mark.parametrize("name", BUNDLED)
def test_a_bundled_plugin_imports_the_api_alone(name: str) -> None:
    assert check_imports(name) == []


def test_all_bundled_plugins_load() -> None:
    loaded = load(safe_mode=True)
    assert {info.name: info.state for info in loaded.infos} == dict.fromkeys(BUNDLED, State.LOADED)
    assert all(info.brought for info in loaded.infos)
