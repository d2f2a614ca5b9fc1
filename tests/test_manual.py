"""The manual keeps up with the code: every hook is in it, and every hook has a real user."""

import inspect
from pathlib import Path

import pytest

from nnstudio import api, hookspecs
from nnstudio.plugins import load

MANUAL = (Path(__file__).parent.parent / "docs" / "plugins.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("hook", hookspecs.HOOKS)
def test_every_hook_is_documented_and_used(hook):
    kind, spec = hookspecs.HOOKS[hook]
    assert f"`{hook}{str(inspect.signature(getattr(hookspecs, hook))).split(' ->')[0]}`" in MANUAL
    assert f"`list[{spec.__name__}]`" in MANUAL
    assert any(isinstance(item, spec) for item in load(safe_mode=True).registry.of(kind).values())


def test_every_spec_says_what_it_is():
    for _, spec in hookspecs.HOOKS.values():
        assert spec.__doc__ and not spec.__doc__.startswith(f"{spec.__name__}("), spec


def test_the_api_exports_what_it_lists():
    for name in api.__all__:
        assert getattr(api, name) is not None
