"""Start an engine, ask it, hear its events. No Qt, no torch.

>>> with Engine(on_event=print) as engine:                                       # doctest: +SKIP
...     inspected = engine.request("inspect", {"project": project}).result()
...     engine.request("train", {"project": project, "folder": "my.runs"}).result()
"""

import collections
import contextlib
import itertools
import logging
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, InvalidStateError
from typing import IO, Any, BinaryIO, Self, cast

from nnstudio.events import Event
from nnstudio.problems import Problem
from nnstudio.protocol import Frame, ProtocolError, pack, read_frame
from nnstudio.replies import EngineError, Hello, Refused

__all__ = ["Engine"]

LOG_LINES = 100


class Engine:
    """An engine's process, and the conversation with it.

    Requests (a value's fields by name) and what their futures bring:

    - "inspect" {project} → `Inspected`
    - "preview" {data, samples} → `Preview`
    - "prepare" {project} → `Prepared`: data loaded and model built ahead, so that `train` starts at once
    - "train" {project, folder, name, resume} → the last event, `Finished` or `Failed`; all events (that one too) come by `on_event`.
      folder: where run folders are made ("" keeps nothing); resume: the folder of a run to go on with
    - "probe" {project, checkpoint, part, samples | indices, gradients} → {node id: `NodeOutput`}; checkpoint: a file, or the folder of
      a run ("" takes the weights before training); part: of the data; gradients: of the loss at each output
    - "export" {project, folder} → `Exported`: train.py and data.npz
    - "ensemble" {runs, part} → `Ensembled`: what several runs (folders, or files of checkpoints) reach when their predictions are averaged
    - "initial" {project, samples} → `Initial`: activations, gradients and weights of every node before the first step
    - "experiment" {id, project, params} → `Outcome`: of one of `nnstudio.experiments.table.EXPERIMENTS`

    and `send("pause" | "resume" | "stop" | "step")`, which land at a training step's edge. A request that fails brings `EngineError`.

    on_event, on_exit, and the callbacks of futures come on the reader's thread: hand them over to your own.
    on_exit(problem): once, when the process is gone; None when it was asked to go.
    plugin_arguments: `--plugins-dir`, `--safe-mode`. threads: of torch (None: cores − 1). warm: take a dummy optimizer step ahead.
    command: what to start instead of this Python's engine: `("ssh", "host", "nnstudio", "engine")`.
    Raises EngineError where it cannot be started at all.
    """

    def __init__(
        self,
        plugin_arguments: Sequence[str] = (),
        *,
        on_event: Callable[[Event], None] = lambda event: None,
        on_exit: Callable[[Problem | None], None] = lambda problem: None,
        command: Sequence[str] | None = None,
        threads: int | None = None,
        warm: bool = True,
    ) -> None:
        self._on_event = on_event
        self._on_exit = on_exit
        self.hello: Future[Hello] = Future()
        """Done when torch is imported: from then on requests are answered quickly."""
        self.ready: Future[None] = Future()
        """Done when the first optimizer step will be quick too (at once after `hello` where `warm` is False)."""
        self._pending: dict[int, Future[Any]] = {}
        self._ids = itertools.count(1)
        self._lock = threading.Lock()
        self._outbox: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._log: collections.deque[str] = collections.deque(maxlen=LOG_LINES)
        self._asked_to_go = False
        self._gone = threading.Event()
        arguments = [*(command or (sys.executable, "-m", "nnstudio.engine.serve")), *plugin_arguments]
        arguments += [] if threads is None else ["--threads", str(threads)]
        arguments += [] if warm else ["--no-warm-up"]
        started: Future[subprocess.Popen[bytes]] = Future()
        # The kernel ends an engine with the *thread* that started it, so that thread must be one that lives as long as the engine.
        self._reader = threading.Thread(target=self._live, args=(arguments, started), name="engine reader", daemon=True)
        self._reader.start()
        self._process = started.result()

    # ── asking ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def request(self, type: str, value: Mapping[str, Any] | None = None) -> Future[Any]:
        """Ask; the future brings the answer, or `EngineError`. Never blocks."""
        future: Future[Any] = Future()
        id = next(self._ids)
        message = pack(Frame(type, id, dict(value or {})))
        with self._lock:
            gone = self._gone.is_set()
            if not gone:
                self._pending[id] = future
                self._outbox.put(message)
        if gone:
            future.set_exception(EngineError(_no_engine()))
        return future

    def send(self, type: str, value: Mapping[str, Any] | None = None) -> None:
        """Say something that has no answer: "pause", "resume", "stop", "step". To an engine that is gone it says nothing."""
        self._outbox.put(pack(Frame(type, 0, dict(value or {}))))

    # ── its life ──────────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def alive(self) -> bool:
        return not self._gone.is_set()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def log(self) -> tuple[str, ...]:
        """The last lines that it, or a plugin in it, wrote to its error output."""
        return tuple(self._log)

    def kill(self) -> None:
        """End it at once, whatever it does. A run in it reads as crashed. `on_exit(None)` follows."""
        self._asked_to_go = True
        with contextlib.suppress(OSError):
            self._process.kill()

    def close(self, timeout: float = 5.0) -> None:
        """Ask it to go: a run in it is stopped and keeps its checkpoint; after `timeout` seconds it is killed."""
        self._asked_to_go = True
        if self.alive:
            self.send("stop")
            self.send("quit")
            self._outbox.put(None)
        if not self._gone.wait(timeout):
            self.kill()
            self._gone.wait(timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ── the reader's thread ───────────────────────────────────────────────────────────────────────────────────────────

    def _live(self, arguments: list[str], started: "Future[subprocess.Popen[bytes]]") -> None:
        try:
            process = subprocess.Popen(  # not ended by Ctrl+C in our terminal: we end it
                arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
            )
        except OSError as error:
            self._gone.set()
            words = f"The engine could not be started: {arguments[0]}: {error.strerror or error}."
            started.set_exception(EngineError(Problem("engine.start", words, place="run")))
            return
        started.set_result(process)
        assert process.stdin
        assert process.stdout
        assert process.stderr
        log = threading.Thread(target=self._keep_log, args=(process.stderr,), name="engine log", daemon=True)
        writer = threading.Thread(target=self._write, args=(process.stdin,), name="engine writer", daemon=True)
        log.start()
        writer.start()
        broken = self._read(cast(BinaryIO, process.stdout))
        if broken:
            process.kill()
        code = process.wait()
        log.join(timeout=1.0)
        self._outbox.put(None)
        self._end(None if self._asked_to_go else broken or self._crash(code))

    def _read(self, stream: BinaryIO) -> Problem | None:
        """Take in frames until there are no more; the problem, where what came was none."""
        try:
            while (frame := read_frame(stream)) is not None:
                self._take(frame)
        except ProtocolError as error:
            remedy = "Is it the same version of NNStudio?"
            return Problem(
                "engine.protocol", f"The engine's messages cannot be understood. {error}", remedy=remedy, place="run"
            )
        return None

    def _take(self, frame: Frame) -> None:
        match frame.type:
            case "events" if isinstance(frame.value, list):
                for event in cast("list[Event]", frame.value):
                    self._tell(event)
            case "hello":
                _settle(self.hello, frame.value)
            case "ready":
                _settle(self.ready, None)
            case "reply":
                with self._lock:
                    future = self._pending.pop(frame.id, None)
                if future is not None:
                    _settle(future, frame.value)
            case _:
                raise ProtocolError(f"There is no message of type {frame.type!r:.40}.")

    def _tell(self, event: Event) -> None:
        try:
            self._on_event(event)
        except Exception:  # a listener's fault must not end the conversation
            logging.getLogger(__name__).exception("A listener failed at %s", type(event).__name__)

    def _end(self, problem: Problem | None) -> None:
        with self._lock:
            self._gone.set()
            left = [self.hello, self.ready, *self._pending.values()]
            self._pending.clear()
        for future in left:
            _settle(future, Refused((problem or _no_engine(),), "\n".join(self._log)))
        self._on_exit(problem)

    def _crash(self, code: int) -> Problem:
        last = next((line for line in reversed(self._log) if line.strip()), "")
        said = f" Its last words: {last.strip()}" if last else ""
        return Problem("engine.crashed", f"The engine {exit_words(code)}.{said}", remedy=_remedy(code), place="run")

    # ── the other threads ─────────────────────────────────────────────────────────────────────────────────────────────

    def _write(self, stream: IO[bytes]) -> None:
        try:
            while (message := self._outbox.get()) is not None:
                stream.write(message)
                stream.flush()
        except OSError:
            return  # it is gone: the reader finds out why
        finally:
            with contextlib.suppress(OSError):
                stream.close()

    def _keep_log(self, stream: IO[bytes]) -> None:
        for line in stream:
            self._log.append(line.decode("utf-8", "replace").rstrip())


def exit_words(code: int) -> str:
    """What became of a process, in words: "was killed by signal 9 (SIGKILL)"."""
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = "unknown"
    return f"was killed by signal {-code} ({name})"


def _remedy(code: int) -> str:
    match -code:
        case 9:
            return "Perhaps memory ran out: try a smaller batch or a smaller network."
        case signal.SIGSEGV | signal.SIGABRT | signal.SIGILL | signal.SIGFPE:
            return "A native library failed. Try without third-party plugins (--safe-mode)."
        case _:
            return "Its log says more."


def _no_engine() -> Problem:
    return Problem("engine.gone", "The engine has ended.", remedy="Start another one.", place="run")


def _settle(future: "Future[Any]", value: Any) -> None:
    """Give `future` its value; one that somebody cancelled stays so."""
    with contextlib.suppress(InvalidStateError):
        if isinstance(value, Refused):
            future.set_exception(EngineError(*value.problems, detail=value.detail))
        else:
            future.set_result(value)
