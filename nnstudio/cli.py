"""The command `nnstudio`: the same as the app, from the terminal. Nothing heavy is imported before it is known to be needed."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import nnstudio
from nnstudio.problems import NNStudioError
from nnstudio.terminal.arguments import common_options
from nnstudio.terminal.commands import COMMANDS

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
    common = common_options()
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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="nnstudio",
        usage="nnstudio [PROJECT] | nnstudio COMMAND …",
        description="Draw a neural network, watch it learn, find out why it does not, and take the code away.",
        epilog=MAIN_HELP + EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=[common_options()],
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
            parents=[common_options()],
            allow_abbrev=False,
        )
        fill(sub)
    return parser


if __name__ == "__main__":
    sys.exit(main())
