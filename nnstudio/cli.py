"""The command `nnstudio`: the same as the app, from the terminal. Nothing heavy is imported before it is known to be needed."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

import nnstudio
from nnstudio.problems import NNStudioError

EXIT_CODES = """\
exit codes:
  0    all is well
  1    there are problems in the project, or the run failed
  2    the command was not understood
  130  interrupted (Ctrl+C)

PROJECT is a .nns file, or gallery:ID (see `nnstudio gallery`).
NO_COLOR=1 in the environment turns colours off.
"""

MAIN_HELP = """\
examples:
  nnstudio                                    open the app
  nnstudio lenet.nns                          open a project
  nnstudio gallery:fashion_mnist_lenet        open an example
  nnstudio train lenet.nns --epochs 20        train in the terminal
  nnstudio check lenet.nns                    what is wrong with it
  nnstudio export lenet.nns --to python --out lenet_code

`nnstudio COMMAND --help` shows the options and examples of each.

"""

Handler = Callable[[argparse.Namespace], int]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line `argv` (sys.argv[1:] by default) and return its exit code."""
    try:
        return _run(list(sys.argv[1:] if argv is None else argv))
    except NNStudioError as error:
        from nnstudio.terminal.output import FAILED, tell_problems

        tell_problems(error.problems)
        return FAILED
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read our output has enough (`| head`): Python must not complain when it flushes at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _run(argv: list[str]) -> int:
    common = _common()
    given, rest = common.parse_known_args(argv)
    parser = _parser()
    if not rest or (rest[0] not in COMMANDS and rest[0] not in ("-h", "--help", "--version")):
        _refuse_unknown_command(parser, rest)
        rest = ["open", *rest]
    options = parser.parse_args(rest)
    options.plugins_dir, options.safe_mode = given.plugins_dir, given.safe_mode
    return options.handler(options)


def _refuse_unknown_command(parser: argparse.ArgumentParser, words: list[str]) -> None:
    """`nnstudio frobnicate x` means no file called frobnicate."""
    if len(words) > 1 and not words[0].startswith(("-", "gallery:")) and not Path(words[0]).exists():
        parser.error(f"there is no command '{words[0]}'; there are {', '.join(COMMANDS)}")


def _common() -> argparse.ArgumentParser:
    """Options of every command, which may stand anywhere."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    group = parser.add_argument_group("plugins")
    group.add_argument("--plugins-dir", type=Path, action="append", default=[], metavar="DIR", help="more plugins")
    group.add_argument("--safe-mode", action="store_true", help="bundled plugins only")
    return parser


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="nnstudio",
        usage="nnstudio [PROJECT] | nnstudio COMMAND …",
        description="Draw a neural network, watch it learn, find out why it does not, and take the code away.",
        epilog=MAIN_HELP + EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=[_common()],
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"NNStudio {nnstudio.__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", title="commands", required=True, prog="nnstudio")
    for name, (fill, text, examples) in COMMANDS.items():
        sub = commands.add_parser(
            name,
            help=text,
            description=f"{text[0].upper()}{text[1:]}.",
            epilog=f"examples:\n{examples}\n{EXIT_CODES}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
            parents=[_common()],
            allow_abbrev=False,
        )
        fill(sub)
    return parser


def _later(target: str) -> Handler:
    """The function "module:name", imported when it is called."""

    def handler(options: argparse.Namespace) -> int:
        module, _, name = target.partition(":")
        return getattr(import_module(module), name)(options)

    return handler


def _open(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("project", nargs="?", default="", metavar="PROJECT")
    parser.add_argument("--theme", choices=("dark", "light", "system"), help="for this time")
    parser.set_defaults(handler=_later("nnstudio.terminal.window:open_window"))


def _train(parser: argparse.ArgumentParser) -> None:
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


def _compare(parser: argparse.ArgumentParser) -> None:
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


def _crossvalidate(parser: argparse.ArgumentParser) -> None:
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


def _ensemble(parser: argparse.ArgumentParser) -> None:
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


def _check(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("project", metavar="PROJECT")
    parser.add_argument("--fast", action="store_true", help="without loading the data and working out shapes")
    parser.add_argument("--json", action="store_true", help="as one JSON object")
    parser.set_defaults(handler=_later("nnstudio.terminal.checking:check"))


def _export(parser: argparse.ArgumentParser) -> None:
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


def _experiment(parser: argparse.ArgumentParser) -> None:
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


def _plugins(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", nargs="?", default="list", choices=("list",))
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.set_defaults(handler=_later("nnstudio.terminal.listing:plugins"))


def _optimizers(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.set_defaults(handler=_later("nnstudio.terminal.listing:optimizers"))


def _datasets(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(metavar="ACTION", title="actions", prog="nnstudio datasets")
    listed = actions.add_parser("list", help="all datasets", parents=[_common()])
    preview = actions.add_parser("preview", help="load one and say what is in it", parents=[_common()])
    preview.add_argument("preview", metavar="ID")
    _add_set(preview, "noise=0.2, samples=500", "NAME=VALUE")
    for sub in (listed, preview):
        sub.add_argument("--json", action="store_true", help="as JSON")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.set_defaults(handler=_later("nnstudio.terminal.listing:datasets"), preview=None, set=[])


def _gallery(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.set_defaults(handler=_later("nnstudio.terminal.listing:gallery"))


def _recipe(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(metavar="ACTION", title="actions", prog="nnstudio recipe", required=True)
    listed = actions.add_parser("list", help="all presets", parents=[_common()])
    applied = actions.add_parser("apply", help="give a project what a preset says", parents=[_common()])
    applied.add_argument("preset", metavar="PRESET", help="its name, or a project whose recipe is meant")
    applied.add_argument("project", metavar="PROJECT")
    applied.add_argument("--out", type=Path, metavar="FILE", help="write there, and leave PROJECT as it is")
    saved = actions.add_parser("save", help="keep a project's recipe as a preset", parents=[_common()])
    saved.add_argument("project", metavar="PROJECT")
    saved.add_argument("name", metavar="NAME")
    diff = actions.add_parser("diff", help="what differs, in words (exit code 0)", parents=[_common()])
    for which in ("before", "after"):
        diff.add_argument(which, metavar=which.upper(), help="a project, or the name of a preset")
    for action, sub in (("list_all", listed), ("apply", applied), ("save", saved), ("diff", diff)):
        sub.add_argument("--presets", type=Path, metavar="DIR", help="where your presets are kept")
        sub.set_defaults(handler=_later(f"nnstudio.terminal.recipes:{action}"))
    for sub in (listed, diff):
        sub.add_argument("--json", action="store_true", help="one JSON object a line")


def _blocks(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(metavar="ACTION", title="actions", prog="nnstudio blocks", required=True)
    listed = actions.add_parser("list", help="the blocks of a project, or of the library", parents=[_common()])
    listed.add_argument(
        "project", metavar="PROJECT", nargs="?", default="", help="without it: your blocks, ready-made ones"
    )
    listed.add_argument("--library", type=Path, metavar="DIR", help="where your blocks are kept")
    listed.add_argument("--json", action="store_true", help="one JSON object a line")
    exported = actions.add_parser("export", help="write a block of a project to a file", parents=[_common()])
    exported.add_argument("project", metavar="PROJECT")
    exported.add_argument("block", metavar="BLOCK", help="its id or its title")
    exported.add_argument("--to", type=Path, required=True, metavar="FILE", help="a .nnb")
    brought = actions.add_parser("import", help="bring the block of a file into a project", parents=[_common()])
    brought.add_argument("file", type=Path, metavar="FILE")
    brought.add_argument("project", metavar="PROJECT")
    brought.add_argument("--out", type=Path, metavar="FILE", help="write there, and leave PROJECT as it is")
    for action, sub in (("list_all", listed), ("export", exported), ("import_", brought)):
        sub.set_defaults(handler=_later(f"nnstudio.terminal.blocks:{action}"))


def _diff(parser: argparse.ArgumentParser) -> None:
    for which in ("before", "after"):
        parser.add_argument(which, metavar=which.upper(), help="a project, or the folder of a run")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.set_defaults(handler=_later("nnstudio.terminal.diff:diff"))


def _runs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("project", metavar="PROJECT")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    _add_runs(parser)
    parser.set_defaults(handler=_later("nnstudio.terminal.listing:runs"))


def _screenshot(parser: argparse.ArgumentParser) -> None:
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


def _engine(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--threads", type=int, metavar="N", help="torch's threads (default: cores − 1)")
    parser.add_argument("--no-warm-up", action="store_true", help="take no dummy optimizer step ahead")
    parser.set_defaults(handler=_serve)


def _serve(options: argparse.Namespace) -> int:
    from nnstudio.engine.serve import serve

    warm_up = not options.no_warm_up
    return serve(options.plugins_dir, safe_mode=options.safe_mode, threads=options.threads, warm_up=warm_up)


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


COMMANDS: dict[str, tuple[Callable[[argparse.ArgumentParser], None], str, str]] = {
    "open": (_open, "open the app (what `nnstudio PROJECT` does)", "  nnstudio open lenet.nns\n"),
    "train": (
        _train,
        "train a project in the terminal",
        "  nnstudio train gallery:xor\n"
        "  nnstudio train lenet.nns --epochs 20 --lr 3e-4 --param conv1.out_channels=16\n"
        "  nnstudio train lenet.nns --set recipe.optimizer=sgd --set recipe.optimizer.momentum=0.9\n"
        "  nnstudio train lenet.nns --resume last --epochs 40\n"
        "  nnstudio train gallery:iris --no-save --json > run.jsonl\n",
    ),
    "compare": (
        _compare,
        "train alternatives under several seeds and say which differences exceed the spread",
        "  nnstudio compare lenet.nns --vary recipe.optimizer=torch.sgd,torch.adam --seeds 3 --epochs 5\n"
        '  nnstudio compare lenet.nns --vary "recipe.optimizer=torch.sgd(momentum=0.9, nesterov=true),torch.adam"\n'
        "  nnstudio compare lenet.nns --vary recipe.batch_size=32,64 --vary drop1.p=0,0.5 --seeds 5\n"
        "  nnstudio compare lenet.nns --vary drop1=on,off\n"
        "  nnstudio compare lenet.nns --ready optimizers --out race\n"
        "  nnstudio compare lenet.nns --ready restarts --seeds 20\n",
    ),
    "crossvalidate": (
        _crossvalidate,
        "train a project on each fold of its data",
        "  nnstudio crossvalidate iris.nns --folds 5\n"
        "  nnstudio crossvalidate iris.nns --folds -1\n"
        "  nnstudio crossvalidate iris.nns --folds 10 --vary recipe.optimizer=torch.sgd,torch.adam\n",
    ),
    "ensemble": (
        _ensemble,
        "average the predictions of several runs, and say what that gains",
        "  nnstudio ensemble lenet.runs/20260214-093012-4f1a lenet.runs/20260214-101500-77b0\n"
        "  nnstudio ensemble race/* --part test\n"
        "  nnstudio ensemble lenet.runs/20260214-093012-4f1a --checkpoint all\n",
    ),
    "check": (
        _check,
        "say what is wrong with a project",
        "  nnstudio check lenet.nns\n  nnstudio check lenet.nns --fast --json\n",
    ),
    "experiment": (
        _experiment,
        "make an experiment on the model in hand",
        "  nnstudio experiment                                        (lists them)\n"
        "  nnstudio experiment range_test lenet.nns --picture range.png\n"
        '  nnstudio experiment race --param surface=beale --param "optimizers=sgd; adam lr=0.1"\n'
        "  nnstudio experiment one_batch gallery:xor --json\n",
    ),
    "export": (
        _export,
        "write a project as PyTorch code, or a run's weights",
        "  nnstudio export lenet.nns --to python --out lenet_code     (then: python lenet_code/train.py)\n"
        "  nnstudio export lenet.nns --to state_dict --out lenet.safetensors\n",
    ),
    "plugins": (_plugins, "list the plugins and what became of each", "  nnstudio plugins list\n"),
    "optimizers": (_optimizers, "compare the optimizers: what each keeps track of", "  nnstudio optimizers\n"),
    "datasets": (
        _datasets,
        "list the datasets, or look into one",
        "  nnstudio datasets\n  nnstudio datasets preview moons --set noise=0.2\n",
    ),
    "gallery": (_gallery, "list the example projects", "  nnstudio gallery\n"),
    "recipe": (
        _recipe,
        "keep recipes as presets, apply and compare them",
        "  nnstudio recipe list\n"
        '  nnstudio recipe apply "plain SGD" lenet.nns\n'
        '  nnstudio recipe save lenet.nns "my recipe"\n'
        '  nnstudio recipe diff lenet.nns "course default"\n',
    ),
    "blocks": (
        _blocks,
        "list blocks, share them as files",
        "  nnstudio blocks list\n"
        "  nnstudio blocks export net.nns residual --to residual.nnb\n"
        "  nnstudio blocks import residual.nnb other.nns\n",
    ),
    "diff": (
        _diff,
        "say what differs between two projects or runs (exit code 0: nothing, 1: something)",
        "  nnstudio diff before.nns after.nns\n"
        "  nnstudio diff lenet.runs/20260214-093012-4f1a lenet.nns\n"
        "  nnstudio diff gallery:fashion_mnist_lenet lenet.nns --json\n",
    ),
    "runs": (_runs, "list the runs of a project", "  nnstudio runs lenet.nns\n"),
    "screenshot": (
        _screenshot,
        "draw the window into a picture, without a display",
        "  nnstudio screenshot gallery:fashion_mnist_lenet --to lenet.png --train-for 2\n"
        "  nnstudio screenshot lenet.nns --to lenet.png --theme light --size 1600x1000 --scale 2\n",
    ),
    "engine": (
        _engine,
        "be an engine: requests come in on standard input, answers go out",
        "  ssh host nnstudio engine\n",
    ),
}
"""name → (who declares its arguments, what it does, examples)."""


if __name__ == "__main__":
    sys.exit(main())
