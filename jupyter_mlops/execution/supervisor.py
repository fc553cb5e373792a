"""Stands between a runner and its kernel, so that nothing of the run outlives either of them.

Run as a script by the runner's Python, alone in its process: standard library only, one thread.

``supervisor.py RUNNER_PID STATUS_FD [FOLDER] -- COMMAND ...`` starts the command in a session of its own,
writes its pid and a newline to STATUS_FD, and then

- passes SIGINT and SIGTERM on to the kernel's process group;
- when the kernel ends, kills all that it left behind and ends with its exit code;
- when the runner is gone, or closes this process's standard input, kills all at once;
- removes FOLDER, where one is named, with the files in it.

On Linux orphans of any depth and session come to this process (it is their subreaper), so none escapes.
Elsewhere only the kernel's own process group is killed.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

LINUX = sys.platform.startswith("linux")
KILL_TIME = 5.0  # seconds; a process that cannot be killed (it waits for a dead disk) is left behind
_PARENT_TICK = 200  # milliseconds between looks at the runner, where no pidfd tells
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36


def main(words: list[str]) -> int:
    """Start the command and watch; its exit code, or 128 + the signal that ended it."""
    mark = words.index("--")
    command, folder = words[mark + 1 :], words[2] if mark > 2 else None
    return supervise(int(words[0]), int(words[1]), lambda: _execute(command), folder)


def supervise(runner: int, status: int, kernel_main: Callable[[], None], folder: str | None) -> int:
    """Run `kernel_main` in a process of its own, and watch as is said above."""
    if LINUX:
        _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    wake, waker = os.pipe()
    for end in (wake, waker):
        os.set_blocking(end, False)
    signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
    kernel = _start(kernel_main, status)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, _: _signal_group(kernel, number))
    signal.signal(signal.SIGCHLD, lambda *_: None)
    with contextlib.suppress(BrokenPipeError):  # the runner is gone, as will be seen
        os.write(status, f"{kernel}\n".encode())
    os.close(status)
    code = _watch(runner, kernel, wake)
    kill_descendants(kernel)
    if folder is not None:
        remove(folder)
    return 128 + signal.SIGKILL if code is None else code


def _start(kernel_main: Callable[[], None], status: int) -> int:
    me = os.getpid()
    os.environ["JPY_PARENT_PID"] = str(me)
    child = os.fork()
    if child:
        return child
    try:
        os.setsid()
        if LINUX:  # this process has one thread, so the signal comes when the process ends
            _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != me:
            os._exit(1)
        signal.set_wakeup_fd(-1)
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.close(status)
        kernel_main()
    except SystemExit as end:
        os._exit(end.code if isinstance(end.code, int) else 1)
    except BaseException:
        import traceback

        traceback.print_exc()
    os._exit(127)


def _execute(command: list[str]) -> None:
    try:
        os.execvp(command[0], command)
    except OSError as error:
        os.write(2, f"{command[0]}: {error}\n".encode(errors="replace"))
        os._exit(127)


def _watch(runner: int, kernel: int, wake: int) -> int | None:
    """Wait for the kernel's end or the runner's; the kernel's exit code if it was the kernel's."""
    poll = select.poll()
    poll.register(0, select.POLLIN)
    poll.register(wake, select.POLLIN)
    parent = os.getppid()  # the runner, or the server that forked us
    with contextlib.suppress(AttributeError, OSError):
        poll.register(os.pidfd_open(runner), select.POLLIN)
    while True:
        code = reap(kernel)
        if code is not None:
            return code
        if parent == runner and os.getppid() != runner:
            return None
        for handle, _ in poll.poll(_PARENT_TICK):
            if handle == wake:
                with contextlib.suppress(BlockingIOError):
                    os.read(wake, 512)
            elif handle == 0 and os.read(0, 512):
                continue
            else:  # standard input was closed, or the runner has ended
                return None


def reap(kernel: int) -> int | None:
    """Collect every child that has ended; the kernel's exit code, if it was among them."""
    found = None
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return found
        if pid == 0:
            return found
        if pid == kernel:
            code = os.waitstatus_to_exitcode(status)
            found = code if code >= 0 else 128 - code


def kill_descendants(kernel: int) -> None:
    """Kill until none is left: what a dying process starts meanwhile is found the next time."""
    until = time.monotonic() + KILL_TIME
    while time.monotonic() < until:
        _signal_group(kernel, signal.SIGKILL)
        for pid in descendants():
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:  # none left
            return
        time.sleep(0.002)


def descendants() -> list[int]:
    """All processes below this one (Linux; elsewhere none are known)."""
    children: dict[int, list[int]] = {}
    for name in os.listdir("/proc") if LINUX else ():
        if name.isdigit():
            with (
                contextlib.suppress(OSError, ValueError, IndexError),
                open(f"/proc/{name}/stat", "rb") as stat,
            ):
                parent = int(stat.read().rpartition(b")")[2].split()[1])
                children.setdefault(parent, []).append(int(name))
    found, waiting = [], [os.getpid()]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


def remove(folder: str | os.PathLike[str]) -> None:
    """Remove a folder that holds no other."""
    with contextlib.suppress(OSError):
        for entry in os.scandir(folder):
            os.unlink(entry.path)
        os.rmdir(folder)


def _signal_group(kernel: int, number: int) -> None:
    with contextlib.suppress(OSError):
        os.killpg(kernel, number)


def _prctl(option: int, value: int) -> None:
    import ctypes

    ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
