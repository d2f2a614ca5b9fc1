"""The whole project as one script in plain PyTorch, that reaches the same numbers as the app for the same seed.

It does what `nnstudio.train` does, in the same order ("A run, exactly" in docs/architecture.md), and nothing of the studio is needed
to run it: what the bundled plugins bring is written into it, modules of others are imported. Those of a plugins folder, which Python
does not know by itself, are copied beside it. What the recipe does not use is not in it. One file a section; `whole.py` puts them together.
"""

from nnstudio.engine.script.context import field_names
from nnstudio.engine.script.data import DATA_FILE
from nnstudio.engine.script.export import SCRIPT_FILE, export_python, write_data
from nnstudio.engine.script.whole import training_script

__all__ = ["DATA_FILE", "SCRIPT_FILE", "export_python", "field_names", "training_script", "write_data"]
