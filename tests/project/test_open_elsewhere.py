"""Windows on one file notice each other, a program that died is forgotten; what others write is noticed, what says the same is not."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from nnstudio.project.file import write
from nnstudio.project.graph import Graph, Node
from nnstudio.project.on_disk import Fate, OnDisk, stamp
from nnstudio.project.open_elsewhere import BEAT_S, Mark
from nnstudio.project.project import Project

START = Project("mine", Graph({"a": Node("a", "nnstudio.input")}))

WORKER = """
import sys
from pathlib import Path
from nnstudio.project.open_elsewhere import Mark
mark = Mark(Path(sys.argv[1]))
print("open", flush=True)
sys.stdin.readline()
mark.remove()
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mine.nns"
    assert write(START, path) == ()
    return path


def worker(path: Path) -> subprocess.Popen[str]:
    """Another program that has `path` open, until a line is written to it."""
    command = [sys.executable, "-c", WORKER, str(path)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "open\n"
    return process


def marks(path: Path) -> list[Path]:
    return list(path.parent.glob(".*.open"))


def test_two_windows_see_each_other_until_one_closes(file: Path) -> None:
    first = Mark(file)
    assert first.others() == ()
    second = Mark(file)
    assert [other.token for other in first.others()] == [second.token]
    assert [other.token for other in second.others()] == [first.token]
    assert abs(second.others()[0].since - time.time()) < 60
    assert Mark(file.with_name("other.nns")).others() == ()
    second.remove()
    assert first.others() == ()


def test_a_link_is_the_same_file(file: Path, tmp_path: Path) -> None:
    link = tmp_path / "folder"
    link.mkdir()
    (link / "link.nns").symlink_to(file)
    mark = Mark(file)
    assert [other.token for other in Mark(link / "link.nns").others()] == [mark.token]


def test_another_program_is_seen_and_forgotten_when_it_closes(file: Path) -> None:
    with worker(file) as process:
        mark = Mark(file)
        (other,) = mark.others()
        assert other.machine == ""
        process.communicate("\n", timeout=60)
    assert mark.others() == ()


@pytest.mark.skipif(sys.platform == "win32", reason="no such signal there")
def test_a_killed_program_is_forgotten_and_its_mark_tidied_away(file: Path) -> None:
    with worker(file) as process:
        mark = Mark(file)
        assert len(mark.others()) == 1
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert mark.others() == ()
    assert len(marks(file)) == 1, "ours"


def test_another_machine_is_named_until_it_renews_its_mark_no_more(file: Path) -> None:
    mark = Mark(file)
    theirs = file.with_name(f".{file.name}.abc123.open")
    theirs.write_text(json.dumps({"process": {"pid": 5, "started": "x", "host": "far.example"}, "since": 7.0}))
    (other,) = mark.others()
    assert (other.machine, other.since) == ("far.example", 7.0)
    long_ago = time.time() - 5 * BEAT_S
    os.utime(theirs, (long_ago, long_ago))
    assert mark.others() == ()
    assert theirs.exists(), "it may only be cut off"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"process": 3}', b"\xff\xfe"])
def test_what_is_no_mark_is_left_alone(file: Path, content: bytes) -> None:
    odd = file.with_name(f".{file.name}.abc.open")
    odd.write_bytes(content)
    assert Mark(file).others() == ()
    assert odd.exists()


def test_where_no_mark_can_be_written_nothing_is_said(tmp_path: Path) -> None:
    mark = Mark(tmp_path / "no such folder" / "mine.nns")
    assert mark.others() == ()
    mark.renew()
    mark.remove()


def test_a_mark_that_was_tidied_away_comes_back(file: Path) -> None:
    mark = Mark(file)
    marks(file)[0].unlink()
    mark.renew()
    assert len(marks(file)) == 1


# ── on disk ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_only_another_project_is_news(file: Path) -> None:
    disk = OnDisk(file, START, stamp(file))
    assert not disk.touched
    assert disk.news() is None
    file.write_bytes(file.read_bytes() + b"\n\n")
    assert disk.touched
    assert disk.news() is None, "it says the same"
    assert not disk.touched, "and is not read again"
    theirs = replace(START, name="theirs")
    assert write(theirs, file) == ()
    news = disk.news()
    assert news is not None
    assert (news.fate, news.project) == (Fate.CHANGED, theirs)
    assert disk.news() == news, "until someone knows of it"
    disk.accept(news)
    assert disk.news() is None


def test_gone_and_spoilt(file: Path) -> None:
    disk = OnDisk(file, START, stamp(file))
    file.write_bytes(b"not a project")
    news = disk.news()
    assert news is not None
    assert news.fate is Fate.SPOILT
    file.unlink()
    news = disk.news()
    assert news is not None
    assert news.fate is Fate.GONE
    disk.accept(news)
    assert not disk.touched
