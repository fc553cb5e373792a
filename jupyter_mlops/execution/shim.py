"""What an IPython kernel is told before the first cell, so that nothing it prints is lost.

Sent as source, so that a kernel of another environment, without this package, runs it too. By default the
kernel drops output when its reader is slower than it: here it waits instead. Many small flushed prints are
sent together, and one huge print in pieces, so that neither side holds much. What child processes have
printed when a cell ends, and a thread of the kernel has yet to read, is waited for. Of many updates of one
display or widget within a tenth of a second the last is sent, with all that the others changed.

Some of IPython's magics run code and keep its exception for themselves: a cell with ``%%capture`` that failed
passes for one that did not. Here it fails.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from jupyter_mlops import tracking
from jupyter_mlops.execution import pinned
from jupyter_mlops.tracking import tags


def source(told: Mapping[str, str], wanted: Mapping[str, str]) -> str:
    """All that an IPython kernel is told, whose process was given the environment `told`."""
    calm = SOURCE + (_guard() if tags.REPLAY_VARIABLE in wanted else "") + pinned.first_words(wanted)
    new = {key: value for key, value in wanted.items() if told.get(key) != value}
    gone = [key for key in told if key not in wanted]
    if not (new or gone):
        return calm
    change = f"import os\nos.environ.update({new!r})\nfor name in {gone!r}:\n    os.environ.pop(name, None)\n"
    return f"exec({change!r}, {{}})\n{calm}"


def _guard() -> str:
    """What keeps a replay from the registry: MLflow has it by itself only where this package is installed."""
    text = Path(str(tracking.__file__)).with_name("guard.py").read_text(encoding="utf-8")
    return f"exec({text + chr(10) + 'install()'!r}, {{'__name__': 'jupyter_mlops_guard'}})\n"


SOURCE = """
def _calm():
    import sys, threading, time
    import zmq

    shell = get_ipython()
    piece, calls, window, patience = 1 << 18, 10, 0.1, 2.0
    in_cell = [False]
    thread = getattr(sys.stdout, "pub_thread", None)
    if thread is None or not hasattr(sys.stdout, "_schedule_flush"):
        return  # not the stream of ipykernel: left as it is

    def wait_for_reader():
        thread.socket.setsockopt(zmq.XPUB_NODROP, 1)

    thread.schedule(wait_for_reader)

    def calm(stream):
        write, flush = stream.write, stream.flush
        stream.flush_interval, stream.flush_timeout = window, 86400
        held = [0]  # characters written since the last real flush
        late = [False]  # a flush was asked for, and put off
        recent = [0.0, 0]  # start of the present window, real flushes in it

        reader = getattr(getattr(stream, "watch_fd_thread", None), "ident", None)
        taken = [0]  # bytes that this thread has read of what child processes print

        def write_pieces(text):
            if not isinstance(text, str):
                return write(text)
            if threading.get_ident() == reader:
                taken[0] += len(text.encode("utf-8", "replace"))
            if len(text) + held[0] < piece:
                held[0] += len(text)
                return write(text)
            for start in range(0, len(text), piece):
                write(text[start : start + piece])
                flush()
            held[0] = 0
            return len(text)

        def flush_some():
            now = time.monotonic()
            if now - recent[0] > window:
                recent[:] = now, 0
            recent[1] += 1
            if in_cell[0] and recent[1] > calls:
                late[0] = True
                stream._schedule_flush()
                return
            flush_now()

        def flush_now():
            held[0], late[0] = 0, False
            flush()

        def catch_up():  # what follows on another way must not overtake what was printed before it
            if late[0]:
                flush_now()

        def take_all():  # that is there by now, while its reading goes on at all
            waiting = unread(stream._fid) if reader else 0
            wanted, before = taken[0] + waiting, None
            while taken[0] < wanted and before != taken[0]:
                before, until = taken[0], time.monotonic() + patience
                while taken[0] == before and time.monotonic() < until:
                    time.sleep(0.001)
            if waiting:  # what had been read just before that was counted, too
                time.sleep(0.005)

        stream.write, stream.flush, stream.catch_up = write_pieces, flush_some, catch_up
        return take_all

    def unread(handle):
        import array, fcntl, termios  # there is such a thread only where these are

        found = array.array("i", [0])
        try:
            fcntl.ioctl(handle, termios.FIONREAD, found)
        except OSError:  # closed
            return 0
        return found[0]

    takers = calm(sys.stdout), calm(sys.stderr)

    def before(*_):
        in_cell[0] = True

    def after(*_):
        for take_all in takers:
            take_all()
        in_cell[0] = False

    shell.events.register("pre_run_cell", before)
    shell.events.register("post_run_cell", after)


_calm()
del _calm


def _merge():
    import os, sys, threading, time

    kernel = get_ipython().kernel
    session, iopub = kernel.session, kernel.iopub_socket
    thread = getattr(iopub, "io_thread", None)
    if thread is None or not hasattr(thread, "io_loop"):
        return  # not the socket of ipykernel: left as it is
    send, calls, window = session.send, 10, 0.1
    streams = sys.stdout, sys.stderr
    held = {}  # what is held back, in the order of its last update: key -> (message, how it is sent)
    recent = [0.0, 0]  # start of the present window, updates in it
    lock = [threading.RLock()]
    os.register_at_fork(after_in_child=lambda: lock.__setitem__(0, threading.RLock()))

    def release():
        with lock[0]:
            for message, words in [held.pop(key) for key in list(held)]:
                send(iopub, message, **words)

    def mergeable(message, words):
        content, parent = message["content"], message["parent_header"].get("msg_id")
        if words.get("buffers"):
            return None
        if message["header"]["msg_type"] == "update_display_data":
            return parent, (content.get("transient") or {}).get("display_id")
        data = content.get("data")
        if message["header"]["msg_type"] != "comm_msg" or not isinstance(data, dict):
            return None
        state = data.get("state")
        # an Output widget's msg_id says which prints it catches: that may not be late
        if data.get("method") != "update" or not isinstance(state, dict) or "msg_id" in state:
            return None
        return None if data.get("buffer_paths") else (parent, content.get("comm_id"))

    def merged(former, message):
        if message["header"]["msg_type"] == "comm_msg":
            new = message["content"]["data"]
            new["state"] = {**former["content"]["data"]["state"], **new["state"]}
        return message

    def hold(key, message, words):
        now = time.monotonic()
        if now - recent[0] > window:
            recent[:] = now, 0
        recent[1] += 1
        if key not in held and recent[1] <= calls:
            return False
        if not held:
            thread.schedule(lambda: thread.io_loop.call_later(window, release))
        if key in held:
            message = merged(held.pop(key)[0], message)  # the last update says where in the order it goes
        held[key] = message, words
        return True

    def send_some(stream, message, content=None, parent=None, *more, **words):
        if stream is not iopub and stream is not thread or more:
            return send(stream, message, content, parent, *more, **words)
        kind = message["header"]["msg_type"] if isinstance(message, dict) else message
        if stream is iopub and kind not in ("update_display_data", "stream"):
            for printed in streams:
                getattr(printed, "catch_up", bool)()
        with lock[0]:
            if stream is iopub and message == "comm_msg":
                message = session.msg(
                    message, content, parent=parent, header=words.pop("header", None),
                    metadata=words.pop("metadata", None),
                )
                content = parent = None
            key = mergeable(message, words) if isinstance(message, dict) else None
            if key is not None and hold(key, message, words):
                return message
            release()
            return send(stream, message, content, parent, **words)

    session.send = send_some


_merge()
del _merge


def _honest():
    import functools

    shell = get_ipython()
    keepers = {"capture", "time", "run", "rerun"}
    depth = [0]  # of magics that keep exceptions for themselves
    kept = []  # what they kept of the cell in work

    def keeping(magic):
        @functools.wraps(magic)
        def run(*args, **words):
            __tracebackhide__ = True
            depth[0] += 1
            try:
                return magic(*args, **words)
            finally:
                depth[0] -= 1

        return run

    def finding(find):
        def found(*which):
            magic = find(*which)
            return keeping(magic) if magic is not None and which[-1] in keepers else magic

        return found

    for name in ("find_cell_magic", "find_line_magic", "_find_with_lazy_load"):  # not all, by version
        if hasattr(shell, name):
            setattr(shell, name, finding(getattr(shell, name)))
    show = shell._showtraceback

    def showing(etype, evalue, *more, **words):
        if depth[0] and isinstance(evalue, BaseException):
            kept.append(evalue)
        return show(etype, evalue, *more, **words)

    shell._showtraceback = showing

    def after(result):
        if result is None or depth[0] and result.success:
            return
        if depth[0]:
            kept.append(result.error_before_exec or result.error_in_exec)
        elif kept and result.success:
            result.error_in_exec = kept[0]
        if not depth[0]:
            kept.clear()

    shell.events.register("post_run_cell", after)


_honest()
del _honest
"""
