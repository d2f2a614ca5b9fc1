"""The engine's process: `python -m nnstudio.engine.serve` (also `nnstudio engine`). Requests come in on its input, answers and events go out.

A thread reads; the main thread works. What steers a run (pause, resume, stop, step, change) the reader sets as flags, which training reads at
each step's edge; whatever else comes while a run goes on is refused at once: the app keeps a second engine for questions.
"""

import argparse
import contextlib
import os
import queue
import sys
import threading
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnstudio.engine.channel import Channel, take_standard_streams
from nnstudio.engine.pace import Pace
from nnstudio.engine.parent import end_with_parent
from nnstudio.engine.threads import settle_threads
from nnstudio.problems import NNStudioError, Problem
from nnstudio.project.safe_json import is_table
from nnstudio.protocol import Frame, ProtocolError
from nnstudio.replies import Refused
from nnstudio.train.control import Control

if TYPE_CHECKING:
    from nnstudio.engine.answers import Answers

GRACE_SECONDS = 5.0
"""How long a run may take to stop when nobody listens any more."""

_STEERING = ("pause", "resume", "stop", "step", "change")


class Server:
    """One conversation, from `hello` to the end of the input."""

    def __init__(
        self, channel: Channel, plugins_folders: Sequence[Path], *, safe_mode: bool, threads: int, warm_up: bool
    ) -> None:
        self._channel = channel
        self._plugins_folders = plugins_folders
        self._safe_mode = safe_mode
        self._threads = threads
        self._warm_up = warm_up
        self._ready = False
        self._requests: queue.SimpleQueue[Frame | None] = queue.SimpleQueue()
        self._control: Control | None = None  # of the run that is asked for or going on
        self._broken = False

    def run(self) -> int:
        """Serve until the other end is gone or says quit. Returns the exit code."""
        threading.Thread(target=self._listen, name="requests", daemon=True).start()
        from nnstudio.engine.answers import Answers  # brings torch: half a second or more

        answers = Answers.load(self._plugins_folders, safe_mode=self._safe_mode, threads=self._threads)
        self._channel.send("hello", answers.hello())
        while (frame := self._next(answers)) is not None:
            self._answer(answers, frame)
        return 1 if self._broken else 0

    def _next(self, answers: "Answers") -> Frame | None:
        """The next request; while there is none, warm up first."""
        if not self._ready:
            with contextlib.suppress(queue.Empty):
                return self._requests.get_nowait()
            if self._warm_up:
                answers.warm_up()
            self._ready = True
            self._channel.send("ready")
        return self._requests.get()

    # ── the reader's thread ───────────────────────────────────────────────────────────────────────────────────────────

    def _listen(self) -> None:
        try:
            while (frame := self._channel.receive()) is not None and frame.type != "quit":
                self._take(frame)
        except ProtocolError as error:
            print(f"The engine cannot understand what it was sent. {error}", file=sys.stderr, flush=True)
            self._broken = True
        if self._control is not None:
            self._control.stop()
        self._requests.put(None)
        timer = threading.Timer(GRACE_SECONDS, os._exit, (1,))
        timer.daemon = True
        timer.start()

    def _take(self, frame: Frame) -> None:
        control = self._control
        if frame.type in _STEERING:
            if control is not None:
                _steer(control, frame)
        elif control is not None:
            words = f"The engine is training: it cannot do '{frame.type}' now."
            self._refuse(
                frame,
                Problem("engine.busy", words, remedy="Wait for the run, stop it, or ask another engine.", place="run"),
            )
        else:
            if frame.type == "train":  # here, so that a stop right behind it is not lost
                self._control = Control()
            self._requests.put(frame)

    # ── the main thread ───────────────────────────────────────────────────────────────────────────────────────────────

    def _answer(self, answers: "Answers", frame: Frame) -> None:
        try:
            self._channel.send("reply", self._value(answers, frame), frame.id)
        except NNStudioError as error:
            self._refuse(frame, *error.problems)
        except Exception as error:  # our fault or a plugin's: the next request may still be answered
            words = f"The engine failed at '{frame.type}': {type(error).__name__}: {error}."
            traceback.print_exc()
            self._refuse(
                frame,
                Problem("engine.failed", words, remedy="Its log says more.", place="run"),
                detail=traceback.format_exc(),
            )

    def _value(self, answers: "Answers", frame: Frame) -> Any:
        value: dict[str, Any] = frame.value if is_table(frame.value) else {}
        if frame.type != "train":
            return answers.to(frame.type, value)
        control = self._control or Control()
        pace = Pace(lambda events: self._channel.send("events", list(events), frame.id))
        last = None
        try:
            for last in answers.train(value, control):
                pace.add(last)
        finally:
            pace.flush()
            self._control = None
        return last

    def _refuse(self, frame: Frame, *problems: Problem, detail: str = "") -> None:
        self._channel.send("reply", Refused(problems, detail), frame.id)


def _steer(control: Control, frame: Frame) -> None:
    if frame.type != "change":
        getattr(control, frame.type)()
    elif is_table(frame.value):
        control.change(str(frame.value.get("path", "")), frame.value.get("value"))


def serve(plugins_folders: Sequence[Path], *, safe_mode: bool, threads: int | None, warm_up: bool) -> int:
    """Be an engine until the input ends. Returns the exit code."""
    end_with_parent()
    channel = take_standard_streams()
    settled = settle_threads(threads)
    try:
        return Server(channel, plugins_folders, safe_mode=safe_mode, threads=settled, warm_up=warm_up).run()
    except BrokenPipeError:
        return 1  # nobody listens any more


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m nnstudio.engine.serve", description="An engine; speaks over standard input and output."
    )
    parser.add_argument(
        "--plugins-dir", type=Path, action="append", default=[], metavar="DIR", help="a folder with plugins"
    )
    parser.add_argument("--safe-mode", action="store_true", help="bundled plugins only")
    parser.add_argument("--threads", type=int, metavar="N", help="torch's threads (default: cores − 1)")
    parser.add_argument("--no-warm-up", action="store_true", help="take no dummy optimizer step ahead")
    options = parser.parse_args(argv)
    return serve(
        options.plugins_dir, safe_mode=options.safe_mode, threads=options.threads, warm_up=not options.no_warm_up
    )


if __name__ == "__main__":
    sys.exit(main())
