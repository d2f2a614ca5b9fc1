"""Set up, run and check NNStudio from a source checkout. Needs nothing but Python.

    python dev.py run [ARGS]    open the studio on the Fashion-MNIST LeNet, or `nnstudio ARGS`
    python dev.py test [ARGS]   run the tests (ARGS go to pytest)
    python dev.py lint          ruff, basedpyright, import-linter
    python dev.py bench [ARGS]  measure the figures in benchmarks/
    python dev.py setup         only build .venv

The first start builds `.venv` beside this file; later ones see by a stamp that nothing has changed and do no set-up.
"""

# Must be readable by an old Python, so that it can say which one is needed.
from __future__ import annotations

import ast
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
STAMP = VENV / "nnstudio-stamp"
NEEDED = (3, 11)
GALLERY = "gallery:fashion_mnist_lenet"
LINUX = sys.platform.startswith("linux")

# The shared library that Qt misses → the Debian or Ubuntu package that has it.
APT = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libOpenGL.so.0": "libopengl0",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libz.so.1": "zlib1g",
    "libX11.so.6": "libx11-6",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxcb.so.1": "libxcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
}


class Failure(Exception):
    """What went wrong and what to do, in words for a person."""


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


# --------------------------------------------------------------------------------------------------------- set-up


def check_python() -> None:
    """Go on with a new enough Python, or say which one is needed."""
    if sys.version_info >= NEEDED:
        return
    wanted = ".".join(map(str, NEEDED))
    for minor in range(NEEDED[1] + 3, NEEDED[1] - 1, -1):
        other = shutil.which(f"python3.{minor}")
        if other and quiet([other, "-c", ""]).returncode == 0:
            say(f"This is Python {platform.python_version()}, which is too old; going on with {other}.")
            sys.exit(subprocess.call([other, str(Path(__file__).resolve()), *sys.argv[1:]]))
    raise Failure(
        f"NNStudio needs Python {wanted} or newer; this is {platform.python_version()} ({sys.executable}). "
        f"Install one from https://www.python.org/downloads/ and start dev.py with it."
    )


def stamp() -> str:
    """What the environment is built from. A change in any of it makes the next start install again."""
    digest = hashlib.sha256()
    for name in ("pyproject.toml", "constraints.txt", "dev.py"):
        digest.update((ROOT / name).read_bytes())
    digest.update(f"{ROOT} {sys.version_info[:2]} {platform.machine()}".encode())
    return digest.hexdigest()


def ready() -> bool:
    return PYTHON.exists() and STAMP.is_file() and STAMP.read_text("utf-8").strip() == stamp()


def quiet(command: list[str], env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, errors="replace", check=False, cwd=ROOT, env=env)


def make_venv() -> None:
    if PYTHON.exists():
        asked = quiet([str(PYTHON), "-c", "import sys; print(*sys.version_info[:2])"])
        if asked.returncode == 0 and tuple(map(int, asked.stdout.split())) == sys.version_info[:2]:
            return
        say(f"{VENV} belongs to another Python: building it anew.")
        shutil.rmtree(VENV)
    say(f"Creating {VENV} with Python {platform.python_version()} …")
    made = quiet([sys.executable, "-m", "venv", str(VENV)])
    if made.returncode == 0:
        return
    shutil.rmtree(VENV, ignore_errors=True)
    uv = shutil.which("uv")
    if uv and quiet([uv, "venv", "--seed", "--python", sys.executable, str(VENV)]).returncode == 0:
        return
    problem = (made.stdout + made.stderr).strip()
    if "ensurepip" in problem or "No module named venv" in problem:
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        raise Failure(
            f"This Python has no venv module. On Debian or Ubuntu: sudo apt install python{version}-venv; "
            "elsewhere install Python from https://www.python.org/downloads/ (or install uv, which needs no venv)."
        )
    raise Failure(f"Could not create {VENV}:\n{problem}")


def pip_settings() -> dict[str, str]:
    """pip's configuration, from its files and the environment (which wins)."""
    settings: dict[str, str] = {}
    for line in quiet([str(PYTHON), "-m", "pip", "config", "list"]).stdout.splitlines():
        key, _, value = line.partition("=")
        section, _, name = key.partition(".")
        if section not in ("global", "install") or not name:
            continue
        try:
            settings[name] = str(ast.literal_eval(value))
        except (ValueError, SyntaxError):
            settings[name] = value
    for key, value in os.environ.items():
        if key.startswith("PIP_") and value:
            settings[key[4:].lower().replace("_", "-")] = value
    return settings


def uv_environment(settings: dict[str, str]) -> dict[str, str]:
    """uv reads none of pip's configuration: hand over what says where packages come from."""
    env = dict(os.environ)
    new: dict[str, str] = {}
    if links := settings.get("find-links", "").split():
        new["UV_FIND_LINKS"] = " ".join(links)
    if index := settings.get("index-url", "").strip():
        new["UV_DEFAULT_INDEX"] = index
    # A file: index that lacks a package is an error to uv, not a miss.
    if extra := [url for url in settings.get("extra-index-url", "").split() if not url.startswith("file:")]:
        new["UV_EXTRA_INDEX_URL"] = " ".join(extra)
        new["UV_INDEX_STRATEGY"] = "unsafe-best-match"  # as pip does it
    if cert := settings.get("cert", "").strip():
        new["SSL_CERT_FILE"] = cert
    if proxy := settings.get("proxy", "").strip():
        new["ALL_PROXY"] = proxy
    if hosts := settings.get("trusted-host", "").split():
        new["UV_INSECURE_HOST"] = " ".join(hosts)
    if settings.get("no-index", "").lower() in ("1", "true", "yes", "on"):
        new["UV_NO_INDEX"] = "1"
    for key, value in new.items():
        env.setdefault(key, value)
    env.pop("VIRTUAL_ENV", None)
    return env


def find_uv() -> str | None:
    own = BIN / ("uv.exe" if os.name == "nt" else "uv")
    if own.exists():
        return str(own)
    if found := shutil.which("uv"):
        return found
    say("Fetching uv, which installs faster than pip …")
    if quiet([str(PYTHON), "-m", "pip", "install", "--quiet", "uv"]).returncode == 0 and own.exists():
        return str(own)
    say("uv cannot be had here: going on with pip.")
    return None


def requirements() -> list[str]:
    """What is installed: the project, editable, and its `dev` group (old versions of pip know no groups)."""
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    return ["-e", ".", *project["dependency-groups"]["dev"], "-c", "constraints.txt"]


def cpu_torch(settings: dict[str, str]) -> bool:
    """Whether to ask PyTorch's own index for its CPU build: PyPI's build for Linux brings gigabytes of CUDA."""
    configured = any(settings.get(name) for name in ("find-links", "index-url", "extra-index-url", "no-index"))
    return LINUX and not configured and not shutil.which("nvidia-smi")


def why_it_failed(output: str) -> str:
    lowered = output.lower()
    if "certificate" in lowered:
        return "The package index's certificate was not accepted. Behind a proxy, set PIP_CERT to its certificate file."
    signs = (
        "failed to establish a new connection",
        "name resolution",
        "dns error",
        "error sending request",
        "timed out",
    )
    if any(sign in lowered for sign in signs):
        return "The package index cannot be reached. Set-up needs the network once; check it (or pip's proxy settings)."
    if "no space left" in lowered:
        return f"The disk that holds {VENV} is full: about 2 GB are needed."
    if "no matching distribution" in lowered or "no solution found" in lowered:
        return f"A package has no build for Python {platform.python_version()} on {platform.platform()}."
    return "The packages could not be installed."


def install() -> None:
    settings = pip_settings()
    wanted = requirements()
    uv = find_uv()
    if uv:
        say("Installing NNStudio and its tools with uv …")
        # Compiled once here, as pip does, and not at every start where PYTHONDONTWRITEBYTECODE is set: torch then imports in half the time.
        command = [uv, "pip", "install", "--compile-bytecode", "--python", str(PYTHON), *wanted]
        env = uv_environment(settings)
        if cpu_torch(settings):
            done = quiet([*command, "--torch-backend", "cpu"], env)
            if done.returncode == 0:
                return
        done = quiet(command, env)
        if done.returncode == 0:
            return
        say(done.stderr.strip()[-2000:])
        say("uv did not manage: trying pip.")
    else:
        say("Installing NNStudio and its tools with pip (this takes a minute or two) …")
    command = [str(PYTHON), "-m", "pip", "install", "--quiet", *wanted]
    if cpu_torch(settings):
        command += ["--extra-index-url", "https://download.pytorch.org/whl/cpu"]
    done = quiet(command)
    if done.returncode != 0:
        output = done.stdout + done.stderr
        raise Failure(f"{output.strip()[-1200:]}\n\n{why_it_failed(output)}")


def setup() -> None:
    check_python()
    if ready():
        return
    began = time.monotonic()
    make_venv()
    STAMP.unlink(missing_ok=True)
    install()
    STAMP.write_text(stamp() + "\n", "utf-8")
    say(f"Ready after {time.monotonic() - began:.0f} s.")
    if missing := missing_libraries(window=has_display()):
        say(advice(missing))


# ----------------------------------------------------------------------------------------------------------- Qt


def has_display() -> bool:
    if os.environ.get("QT_QPA_PLATFORM"):
        return True
    return not LINUX or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def missing_libraries(window: bool) -> list[str]:
    """The system libraries that Qt needs and this Linux lacks; with `window` also those for X11."""
    if not LINUX or not shutil.which("ldd"):
        return []
    asked = quiet([str(PYTHON), "-c", "import PySide6, sys; sys.stdout.write(PySide6.__path__[0])"])
    if asked.returncode != 0:
        return []
    home = Path(asked.stdout)
    files = [next(home.glob(f"{name}*.so"), None) for name in ("QtGui", "QtWidgets", "QtSvg")]
    if window and os.environ.get("DISPLAY") and os.environ.get("QT_QPA_PLATFORM", "xcb").startswith("xcb"):
        files.append(home / "Qt" / "plugins" / "platforms" / "libqxcb.so")
    return parse_ldd(quiet(["ldd", *(str(f) for f in files if f and f.exists())]).stdout)


def parse_ldd(output: str) -> list[str]:
    return sorted(set(re.findall(r"^\s*(\S+) => not found", output, re.MULTILINE)))


def advice(missing: list[str]) -> str:
    packages = sorted({APT[name] for name in missing if name in APT})
    unknown = [name for name in missing if name not in APT]
    text = f"Qt cannot open a window here: this system lacks {', '.join(missing)}."
    if packages:
        text += f"\nOn Debian or Ubuntu: sudo apt install {' '.join(packages)}"
    if unknown:
        text += f"\nInstall what provides {', '.join(unknown)} with your system's package manager."
    return text


HOW_TO_GET_A_WINDOW = """
There is no display here, so the project was trained in the terminal. To get the window:
  - start it on a machine with a desktop:  python dev.py run
  - or bring the window over the network:  ssh -X HOST, then python dev.py run
  - or give it a display of its own:       sudo apt install xvfb && xvfb-run python dev.py run
"""


# ----------------------------------------------------------------------------------------------------- commands


def call(*command: str, env: dict[str, str] | None = None) -> int:
    try:
        return subprocess.call([str(PYTHON), *command], cwd=ROOT, env=env)
    except KeyboardInterrupt:
        return 130


def offscreen() -> dict[str, str]:
    """Pictures and fonts are the same everywhere offscreen, and no test's window takes the keyboard."""
    return {"QT_QPA_PLATFORM": "offscreen", **os.environ}


def run(args: list[str]) -> int:
    if args:
        return call("-m", "nnstudio", *args)
    if not has_display():
        code = call("-m", "nnstudio", "train", GALLERY)
        if code == 0:
            say(HOW_TO_GET_A_WINDOW)
        return code
    if missing := missing_libraries(window=True):
        raise Failure(advice(missing) + f"\nIn the terminal it works without: python dev.py run train {GALLERY}")
    return call("-m", "nnstudio", GALLERY)


def test(args: list[str]) -> int:
    if missing := missing_libraries(window=False):
        raise Failure(advice(missing))
    # All tests take turns on all cores; a few, named, start sooner alone. One file stays with one worker: its fixtures are dear.
    spread = [] if args else ["-n", "auto", "--dist", "loadfile", "--no-loadscope-reorder"]
    return call("-m", "pytest", *spread, *args, env=offscreen())


def lint(args: list[str]) -> int:
    checks = {
        "ruff check": ("-m", "ruff", "check", *(args or ["."])),
        "ruff format": ("-m", "ruff", "format", "--check", *(args or ["."])),
        "basedpyright": ("-m", "basedpyright"),
        "import-linter": ("-c", "import sys; from importlinter.cli import lint_imports_command as c; c()"),
    }
    failed: list[str] = []
    for name, command in checks.items():
        say(f"── {name}")
        if call(*command):
            failed.append(name)
    if failed:
        say(f"Failed: {', '.join(failed)}.")
    return 1 if failed else 0


def bench(args: list[str]) -> int:
    return call("-m", "benchmarks", *args, env=offscreen())


COMMANDS = {"run": run, "test": test, "lint": lint, "bench": bench, "setup": lambda args: 0}


def main(argv: list[str]) -> int:
    if not argv or argv[0] in ("-h", "--help") or argv[0] not in COMMANDS:
        print(__doc__.strip())
        return 0 if argv and argv[0] in ("-h", "--help") else 2
    try:
        was_ready = ready() if sys.version_info >= NEEDED else False
        setup()
        if argv[0] == "setup" and was_ready:
            say("Nothing to do: .venv is up to date.")
        return COMMANDS[argv[0]](argv[1:])
    except Failure as failure:
        say(f"\n{failure}")
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
