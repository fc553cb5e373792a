"""What an IPython kernel is told before the first cell, so that nothing it prints is lost.

Sent as source, so that a kernel of another environment, without this package, runs it too. By default the
kernel drops output when its reader is slower than it: here it waits instead. Many small flushed prints are
sent together, and one huge print in pieces, so that neither side holds much.
"""

from __future__ import annotations

from collections.abc import Mapping


def source(told: Mapping[str, str], wanted: Mapping[str, str]) -> str:
    """All that an IPython kernel is told, whose process was given the environment `told`."""
    new = {key: value for key, value in wanted.items() if told.get(key) != value}
    gone = [key for key in told if key not in wanted]
    if not (new or gone):
        return SOURCE
    change = f"import os\nos.environ.update({new!r})\nfor name in {gone!r}:\n    os.environ.pop(name, None)\n"
    return f"exec({change!r}, {{}})\n{SOURCE}"


SOURCE = """
def _calm():
    import sys, time
    import zmq

    shell = get_ipython()
    piece, calls, window = 1 << 18, 10, 0.1
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
        recent = [0.0, 0]  # start of the present window, real flushes in it

        def write_pieces(text):
            if not isinstance(text, str):
                return write(text)
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
                stream._schedule_flush()
                return
            held[0] = 0
            flush()

        stream.write, stream.flush = write_pieces, flush_some

    calm(sys.stdout)
    calm(sys.stderr)

    def before(*_):
        in_cell[0] = True

    def after(*_):
        in_cell[0] = False

    shell.events.register("pre_run_cell", before)
    shell.events.register("post_run_cell", after)


_calm()
del _calm
"""
