"""`nnstudio engine`: this process answers requests."""

import argparse

from nnstudio.engine import serve as engine


def serve(options: argparse.Namespace) -> int:
    warm_up = not options.no_warm_up
    return engine.serve(options.plugins_dir, safe_mode=options.safe_mode, threads=options.threads, warm_up=warm_up)
