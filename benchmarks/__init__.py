"""The figures NNStudio is held to. `python -m benchmarks` (or `python dev.py bench`) measures all of them and prints one table.

Each module here has `measure()`, which returns rows of (what, measured, to reach, reached). `python -m benchmarks curves` measures one.
"""
