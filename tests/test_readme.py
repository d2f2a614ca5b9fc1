"""What the README shows works as it stands there."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

README = Path(__file__).resolve().parent.parent / "README.md"
pytestmark = pytest.mark.skipif(not README.is_file(), reason="not a source checkout")


def python_blocks() -> list[str]:
    return re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL)


def test_the_python_api(capsys: pytest.CaptureFixture[str]) -> None:
    from torch import nn

    names: dict[str, Any] = {}
    exec(compile(next(b for b in python_blocks() if "Project" in b), str(README), "exec"), names)
    assert isinstance(names["model"], nn.Module)
    assert type(names["event"]).__name__ == "Finished", names["event"]


def test_the_plugin(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("readme_plugin")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    code = next(b for b in python_blocks() if "hookimpl" in b)
    exec(compile(code, str(README), "exec"), module.__dict__)
    (spec,) = module.register_layers()
    assert spec.id == "fourier.swish"
    assert spec.params().beta == 1.0


def test_pictures_and_links_lead_somewhere() -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", README.read_text("utf-8"))
    missing = [t for t in targets if "://" not in t and not (README.parent / t).exists()]
    assert missing == []
