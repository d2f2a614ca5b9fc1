"""Which arguments does each command of the command line take? What it does is imported when it runs."""

import argparse
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

Handler = Callable[[argparse.Namespace], int]


def common_options() -> argparse.ArgumentParser:
    """Options of every command, which may stand anywhere."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    group = parser.add_argument_group("plugins")
    group.add_argument("--plugins-dir", type=Path, action="append", default=[], metavar="DIR", help="more plugins")
    group.add_argument("--safe-mode", action="store_true", help="bundled plugins only")
    return parser


def _later(target: str) -> Handler:
    """The function "module:name", imported when it is called."""

    def handler(options: argparse.Namespace) -> int:
        module, _, name = target.partition(":")
        return getattr(import_module(module), name)(options)

    return handler


def open_app(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("project", nargs="?", default="", metavar="PROJECT")
    parser.add_argument("--theme", choices=("dark", "light", "system"), help="for this time")
    parser.set_defaults(handler=_later("nnstudio.terminal.window:open_window"))


def train(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("project", metavar="PROJECT")
    change = parser.add_argument_group("for this run (the file stays as it is)")
    change.add_argument("--epochs", metavar="N", help="passes over the training data")
    change.add_argument("--seed", metavar="N", help="of weights, order and dropout")
    change.add_argument("--batch-size", metavar="N", help="samples a step; 0: all at once")
    change.add_argument("--lr", metavar="RATE", help="learning rate")
    change.add_argument("--device", metavar="NAME", help="auto, cpu, cuda, cuda:1, mps")
    _add_set(change, "recipe.optimizer=sgd, recipe.optimizer.momentum=0.9, data.validation=0.2")
    change.add_argument(
        "--param",
        action="append",
        default=[],
        metavar="NODE.NAME=VALUE",
        help="a layer's parameter: conv1.out_channels=16",
    )
    parser.add_argument("--threads", type=int, metavar="N", help="torch's threads (default: cores − 1)")
    keep = parser.add_argument_group("what is kept")
    keep.add_argument("--name", default="", metavar="TEXT", help="of the run, for people")
    keep.add_argument("--resume", default="", metavar="RUN", help='go on with a run: "last", its id or its folder')
    keep.add_argument("--no-save", action="store_true", help="keep nothing on disk")
    _add_runs(keep)
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.set_defaults(handler=_later("nnstudio.terminal.training:train"))


def compare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("project", metavar="PROJECT")
    what = parser.add_argument_group("what is compared")
    _add_vary(what)
    what.add_argument("--arm", action="append", default=[], metavar='"NAME: PLACE=VALUE; …"', help="an arm of your own")
    what.add_argument(
        "--ready",
        choices=("optimizers", "initializers", "dropout", "batch_sizes", "restarts"),
        help="a ready-made comparison",
    )
    what.add_argument("--seeds", metavar="N", help="how many for each arm, or which: 0,7,9 (default: 3)")
    what.add_argument(
        "--replicate",
        action="append",
        default=[],
        metavar='"NAME: PLACE=VALUE; …"',
        help="instead of seeds, with --arm",
    )
    _add_conduct(parser)
    parser.set_defaults(handler=_later("nnstudio.terminal.comparing:compare"))


def crossvalidate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("project", metavar="PROJECT")
    parser.add_argument("--folds", type=int, default=5, metavar="K", help="default: 5; -1: leave one out")
    _add_vary(parser)
    _add_conduct(parser)
    parser.set_defaults(handler=_later("nnstudio.terminal.comparing:crossvalidate"))


def _add_vary(parser: argparse._ActionsContainer) -> None:  # pyright: ignore[reportPrivateUsage]
    text = "alternatives, e.g. recipe.optimizer=torch.sgd(momentum=0.9),torch.adam; several: every combination"
    parser.add_argument("--vary", action="append", default=[], metavar="PLACE=A,B,…", help=text)


def _add_conduct(parser: argparse.ArgumentParser) -> None:
    _add_set(parser, "in every arm: recipe.optimizer.lr=0.01")
    parser.add_argument("--epochs", metavar="N", help="passes over the training data")
    parser.add_argument("--engines", type=int, metavar="N", help="runs at a time (default: one a core)")
    parser.add_argument("--test", action="store_true", help="show the test part's figures too")
    parser.add_argument("--name", default="", metavar="TEXT", help="of the comparison's folder")
    parser.add_argument("--out", type=Path, metavar="DIR", help="its folder (default: PROJECT.compare/NAME beside it)")
    parser.add_argument("--json", action="store_true", help="the result as one JSON object")


def ensemble(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("runs", nargs="+", metavar="RUN", help="folders of runs, or files of checkpoints")
    parser.add_argument("--part", default="validation", choices=("train", "validation", "test"), help="of the data")
    parser.add_argument(
        "--checkpoint",
        default="best",
        choices=("best", "last", "all"),
        help="of each run; all: snapshots (default: best)",
    )
    parser.add_argument("--json", action="store_true", help="as one JSON object")
    parser.set_defaults(handler=_later("nnstudio.terminal.comparing:ensemble"))


def check(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("project", metavar="PROJECT")
    parser.add_argument("--fast", action="store_true", help="without loading the data and working out shapes")
    parser.add_argument("--json", action="store_true", help="as one JSON object")
    parser.set_defaults(handler=_later("nnstudio.terminal.checking:check"))


def export(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("project", metavar="PROJECT")
    parser.add_argument(
        "--to", required=True, choices=("python", "state_dict"), help="a training script, or the weights of a run"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="PATH", help="the folder or file to write")
    parser.add_argument("--run", default="last", metavar="RUN", help='whose weights: "last" or an id')
    parser.add_argument("--checkpoint", default="best", choices=("best", "last"), help="of the run (default: best)")
    parser.add_argument("--force", action="store_true", help="write over what is there")
    _add_runs(parser)
    parser.set_defaults(handler=_later("nnstudio.terminal.exporting:export"))


def experiment(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", default="", metavar="NAME", help="which one (without: all are listed)")
    parser.add_argument("project", nargs="?", default="", metavar="PROJECT", help="where it needs one")
    parser.add_argument(
        "--param", action="append", default=[], metavar="NAME=VALUE", help="of the experiment: steps=100"
    )
    parser.add_argument("--params", action="store_true", help="say which parameters it has")
    _add_set(parser, "for this time, in the project: recipe.seed=1")
    parser.add_argument("--picture", type=Path, metavar="FILE", help="draw its figures: .png or .svg, one file each")
    parser.add_argument("--json", action="store_true", help="as JSON, with all numbers")
    parser.set_defaults(handler=_later("nnstudio.terminal.experimenting:experiment"))


def plugins(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", nargs="?", default="list", choices=("list",))
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.set_defaults(handler=_later("nnstudio.terminal.listing:plugins"))


def optimizers(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.set_defaults(handler=_later("nnstudio.terminal.listing:optimizers"))


def datasets(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(metavar="ACTION", title="actions", prog="nnstudio datasets")
    listed = actions.add_parser("list", help="all datasets", parents=[common_options()])
    preview = actions.add_parser("preview", help="load one and say what is in it", parents=[common_options()])
    preview.add_argument("preview", metavar="ID")
    _add_set(preview, "noise=0.2, samples=500", "NAME=VALUE")
    for sub in (listed, preview):
        sub.add_argument("--json", action="store_true", help="as JSON")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.set_defaults(handler=_later("nnstudio.terminal.listing:datasets"), preview=None, set=[])


def gallery(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.set_defaults(handler=_later("nnstudio.terminal.listing:gallery"))


def recipe(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(metavar="ACTION", title="actions", prog="nnstudio recipe", required=True)
    listed = actions.add_parser("list", help="all presets", parents=[common_options()])
    applied = actions.add_parser("apply", help="give a project what a preset says", parents=[common_options()])
    applied.add_argument("preset", metavar="PRESET", help="its name, or a project whose recipe is meant")
    applied.add_argument("project", metavar="PROJECT")
    applied.add_argument("--out", type=Path, metavar="FILE", help="write there, and leave PROJECT as it is")
    saved = actions.add_parser("save", help="keep a project's recipe as a preset", parents=[common_options()])
    saved.add_argument("project", metavar="PROJECT")
    saved.add_argument("name", metavar="NAME")
    diff = actions.add_parser("diff", help="what differs, in words (exit code 0)", parents=[common_options()])
    for which in ("before", "after"):
        diff.add_argument(which, metavar=which.upper(), help="a project, or the name of a preset")
    for action, sub in (("list_all", listed), ("apply", applied), ("save", saved), ("diff", diff)):
        sub.add_argument("--presets", type=Path, metavar="DIR", help="where your presets are kept")
        sub.set_defaults(handler=_later(f"nnstudio.terminal.recipes:{action}"))
    for sub in (listed, diff):
        sub.add_argument("--json", action="store_true", help="one JSON object a line")


def blocks(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(metavar="ACTION", title="actions", prog="nnstudio blocks", required=True)
    listed = actions.add_parser("list", help="the blocks of a project, or of the library", parents=[common_options()])
    listed.add_argument(
        "project", metavar="PROJECT", nargs="?", default="", help="without it: your blocks, ready-made ones"
    )
    listed.add_argument("--library", type=Path, metavar="DIR", help="where your blocks are kept")
    listed.add_argument("--json", action="store_true", help="one JSON object a line")
    exported = actions.add_parser("export", help="write a block of a project to a file", parents=[common_options()])
    exported.add_argument("project", metavar="PROJECT")
    exported.add_argument("block", metavar="BLOCK", help="its id or its title")
    exported.add_argument("--to", type=Path, required=True, metavar="FILE", help="a .nnb")
    brought = actions.add_parser("import", help="bring the block of a file into a project", parents=[common_options()])
    brought.add_argument("file", type=Path, metavar="FILE")
    brought.add_argument("project", metavar="PROJECT")
    brought.add_argument("--out", type=Path, metavar="FILE", help="write there, and leave PROJECT as it is")
    for action, sub in (("list_all", listed), ("export", exported), ("import_", brought)):
        sub.set_defaults(handler=_later(f"nnstudio.terminal.blocks:{action}"))


def diff(parser: argparse.ArgumentParser) -> None:
    for which in ("before", "after"):
        parser.add_argument(which, metavar=which.upper(), help="a project, or the folder of a run")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.set_defaults(handler=_later("nnstudio.terminal.diff:diff"))


def runs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("project", metavar="PROJECT")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    _add_runs(parser)
    parser.set_defaults(handler=_later("nnstudio.terminal.listing:runs"))


def screenshot(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("project", metavar="PROJECT")
    parser.add_argument("--to", type=Path, required=True, metavar="FILE", help="a .png")
    parser.add_argument("--theme", choices=("dark", "light"), default="dark")
    parser.add_argument("--train-for", type=int, default=0, metavar="EPOCHS", help="train before the picture is taken")
    parser.add_argument("--place", default="model", choices=("model", "data", "recipe", "runs", "start"))
    parser.add_argument("--size", type=_size, default=(1600, 1000), metavar="W×H", help="default: 1600x1000")
    parser.add_argument(
        "--scale", type=float, default=1.0, metavar="FACTOR", help="pixels a unit (2: for sharp screens)"
    )
    parser.set_defaults(handler=_later("nnstudio.terminal.window:screenshot"))


def engine(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--threads", type=int, metavar="N", help="torch's threads (default: cores − 1)")
    parser.add_argument("--no-warm-up", action="store_true", help="take no dummy optimizer step ahead")
    parser.set_defaults(handler=_later("nnstudio.terminal.serving:serve"))


def _add_set(parser: argparse._ActionsContainer, text: str, metavar: str = "PLACE=VALUE") -> None:  # pyright: ignore[reportPrivateUsage]
    parser.add_argument("--set", action="append", default=[], metavar=metavar, help=text)


def _add_runs(parser: argparse._ActionsContainer) -> None:  # pyright: ignore[reportPrivateUsage]
    parser.add_argument(
        "--runs", type=Path, metavar="DIR", help="where runs are kept (default: PROJECT.runs beside it)"
    )


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.replace("×", "x").partition("x")
    if not (width.isdecimal() and height.isdecimal() and 100 <= int(width) <= 10_000 and 100 <= int(height) <= 10_000):
        raise argparse.ArgumentTypeError(f"'{text}' is no size: write 1600x1000 (each side 100 … 10000)")
    return int(width), int(height)
