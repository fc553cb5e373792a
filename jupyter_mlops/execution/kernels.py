"""A kernel under supervision: started, asked, interrupted, killed; its messages as they come."""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import KernelManager
from jupyter_client.provisioning import LocalProvisioner

from jupyter_mlops.exceptions import MLOpsError

START_TIME = 180.0  # seconds a kernel may take to say its first word
_ASK_AGAIN = 1.0  # seconds after which a kernel whose output channel was not yet joined is asked again
_LAST_WORDS = 0.2  # seconds of silence after which a dead kernel has said all it had sent
_TICK = 0.1  # seconds within which a signal to this process is noticed, whatever the kernel does
_GOODBYE = 5.0  # seconds for a kernel to end by itself when asked to: it may have to flush something
_REAPED = 2.0  # seconds for a supervisor to kill all it has
IOPUB_QUEUE = 16  # messages held for us; the kernel waits when they are full (see `shim`)

Message = dict[str, Any]


class KernelDied(MLOpsError):
    """The kernel's process is gone; all that it had sent was read before this was raised."""


class SupervisedProvisioner(LocalProvisioner):
    """Starts the kernel under `supervisor`, which is the process that this one knows."""

    status_read: int | None = None

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Start the supervisor with the kernel's command."""
        self.status_read, status = os.pipe()
        script = str(Path(__file__).with_name("supervisor.py"))
        words = [sys.executable, "-I", "-S", script, str(os.getpid()), str(status), "--", *cmd]
        try:
            # its standard input is the lifeline: closed by us, or by our end, it kills everything
            return await super().launch_kernel(words, **kwargs, stdin=subprocess.PIPE, pass_fds=(status,))
        finally:
            os.close(status)


class Kernel:
    """One kernel process of kind `name` and the channels to it, used from one thread; `connection` is the
    file by which they find each other, which holds their key."""

    def __init__(self, name: str, connection: Path) -> None:
        self.manager = KernelManager(kernel_name=name, connection_file=str(connection))
        if self.manager.has_trait("transport_encryption"):
            self.manager.transport_encryption = "auto"
        self.pid: int | None = None
        self.info: Message = {}
        self._dead: int | None = None
        self._process: Any = None
        self._loop_is_ours = False

    @property
    def spec(self) -> KernelSpec:
        """The kernelspec."""
        assert self.manager.kernel_spec is not None
        return self.manager.kernel_spec

    @property
    def is_ipython(self) -> bool:
        """Whether it is known to be IPython's kernel, before it says so."""
        return any("ipykernel" in word for word in self.spec.argv)

    # -- from start to end

    def start(
        self, *, cwd: Path, env: Mapping[str, str], log: int, cancelled: Callable[[], bool] = lambda: False
    ) -> None:
        """Start the process and wait for its first words, or until `cancelled`; `log` is the descriptor
        that receives what the process itself writes.

        Raises:
            KernelDied: it ended before it was ready.
            MLOpsError: it cannot be started, or does not answer.
        """
        self._loop_is_ours = _thread_loop() is None
        own = self.spec.metadata.get("kernel_provisioner", {}).get("provisioner_name", "local-provisioner")
        if os.name == "posix" and own == "local-provisioner":
            self.manager.provisioner = SupervisedProvisioner(
                kernel_id=self.manager.kernel_id or "supervised", kernel_spec=self.spec, parent=self.manager
            )
        try:
            self.manager.start_kernel(cwd=str(cwd), env=dict(env), stdout=log, stderr=log)
        except (OSError, RuntimeError) as error:
            raise MLOpsError(
                f"the kernel {self.manager.kernel_name!r} cannot be started: {error}",
                hint="check its kernel.json: jupyter kernelspec list",
            ) from None
        self._watch()
        self._join()
        try:
            self._await_ready(cancelled)
        except KernelDied:
            raise KernelDied(
                "the kernel ended before it was ready", hint="what it said is in kernel.log of the run"
            ) from None

    def _watch(self) -> None:
        provisioner = self.manager.provisioner
        self._process = getattr(provisioner, "process", None)
        self.pid = getattr(provisioner, "pid", None)
        status = getattr(provisioner, "status_read", None)
        if status is not None:
            with os.fdopen(status, "rb") as told:
                self.pid = int(told.readline() or 0) or None
        self._dead = None
        if self._process is not None:
            with contextlib.suppress(AttributeError, OSError):
                self._dead = os.pidfd_open(self._process.pid)

    def _join(self) -> None:
        import zmq

        self.client = self.manager.blocking_client()
        self._iopub = self.client.connect_iopub()
        # bounded, so that our memory is; a kernel that cannot wait may send as much as it likes
        self._iopub.rcvhwm = IOPUB_QUEUE if self.is_ipython else 0
        self.client.start_channels(shell=True, iopub=False, stdin=False, hb=False, control=True)
        self._shell = self.client.shell_channel.socket
        self._poller = zmq.Poller()
        self._poller.register(self._iopub, zmq.POLLIN)
        self._poller.register(self._shell, zmq.POLLIN)
        if self._dead is not None:
            self._poller.register(self._dead, zmq.POLLIN)

    def _await_ready(self, cancelled: Callable[[], bool]) -> None:
        """Until it has answered on both channels: only then is its output channel joined."""
        until = time.monotonic() + START_TIME
        asked: set[str] = set()
        heard = False
        again = 0.0
        while not (heard and self.info):
            now = time.monotonic()
            if cancelled():
                raise MLOpsError("cancelled while the kernel started")
            if now > until:
                raise MLOpsError(
                    f"the kernel did not answer within {START_TIME:.0f} s", hint="see kernel.log of the run"
                )
            if now > again:
                asked.add(self.client.kernel_info())
                again = now + _ASK_AGAIN
            for channel, message in self.receive(_ASK_AGAIN / 4):
                ours = message["parent_header"].get("msg_id") in asked
                if channel == "iopub":
                    heard = heard or ours or message["msg_type"] == "iopub_welcome"
                elif ours:
                    self.info = message["content"]

    def end(self) -> None:
        """Ask it to end, then see to it that it and all below it are gone."""
        if self._running():
            with contextlib.suppress(Exception):
                self.client.shutdown()
            self._await_end(_GOODBYE)
        self.kill()

    def kill(self) -> None:
        """End the kernel and every process below it at once, and close the channels."""
        self.kill_tree()
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
        self._close()

    def kill_tree(self) -> None:
        """End the kernel and every process below it at once; what it had sent can still be received."""
        process = self._process
        if process is None or process.poll() is not None:
            return
        if process.stdin is not None and not process.stdin.closed:
            process.stdin.close()  # the supervisor's lifeline
            self._await_end(_REAPED)
        if process.poll() is None:
            process.kill()
        process.wait()

    def _close(self) -> None:
        client = self.__dict__.pop("client", None)
        if client is None:
            return
        client.stop_channels()
        self._iopub.close(0)
        if self._dead is not None:
            os.close(self._dead)
        with contextlib.suppress(Exception):
            self.manager.cleanup_resources()
        if self._loop_is_ours and (loop := _thread_loop()) is not None and not loop.is_running():
            loop.close()
            asyncio.set_event_loop(None)

    def _running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def _await_end(self, seconds: float) -> None:
        if self._dead is not None:
            select.select([self._dead], [], [], seconds)
        else:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(seconds)

    def hold_everything(self) -> None:
        """Take messages without bound: this kernel cannot wait for us."""
        self._iopub.rcvhwm = 0

    # -- asking

    def execute(self, code: str, **content: Any) -> str:
        """Send a request to run `code`; the id under which its messages come."""
        request = {
            "code": code,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": False,  # nobody is there to answer: `input()` fails at once
            "stop_on_error": True,
            **content,
        }
        message = self.client.session.msg("execute_request", request)
        self.client.shell_channel.send(message)
        return str(message["header"]["msg_id"])

    def send(self, kind: str, content: Message, parent: Message | None = None) -> None:
        """Send any other message on the shell channel."""
        self.client.shell_channel.send(self.client.session.msg(kind, content, parent=parent))

    def interrupt(self) -> None:
        """Stop the cell in work the way the kernel wants it: by signal or by message."""
        with contextlib.suppress(Exception):
            self.manager.interrupt_kernel()

    def terminate(self) -> None:
        """Send the kernel and its process group SIGTERM."""
        if self._running():
            with contextlib.suppress(OSError):
                self._process.send_signal(signal.SIGTERM)

    # -- hearing

    def receive(self, timeout: float) -> list[tuple[str, Message]]:
        """What has come on the channels ``iopub`` and ``shell``, after at most `timeout` seconds and at
        most about 0.1 s (so that signals are noticed); [] if nothing has.

        Raises:
            KernelDied: its process is gone, and all that it sent was received.
        """
        ready = dict(self._poller.poll(int(1000 * max(0.0, min(timeout, _TICK)))))
        found = self._read("iopub", self._iopub) if self._iopub in ready else []
        if self._shell in ready:
            found += self._read("shell", self._shell)
        if not found and self._gone(ready):
            found = self._last_words()
            if not found:
                raise KernelDied("the kernel died")
        return found

    def _gone(self, ready: Mapping[Any, int]) -> bool:
        if self._dead is not None:
            return self._dead in ready
        return self._process is not None and self._process.poll() is not None

    def _last_words(self) -> list[tuple[str, Message]]:
        self._iopub.poll(int(1000 * _LAST_WORDS))
        return self._read("iopub", self._iopub) + self._read("shell", self._shell)

    def _read(self, channel: str, socket: Any, most: int = 64) -> list[tuple[str, Message]]:
        import zmq

        session = self.client.session
        found: list[tuple[str, Message]] = []
        for _ in range(most):
            try:
                frames = socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                break
            try:
                _, parts = session.feed_identities(frames)
                found.append((channel, session.deserialize(parts)))
            except ValueError:  # not signed by our kernel, or no message at all
                continue
        return found


def _thread_loop() -> asyncio.AbstractEventLoop | None:
    """The event loop of this thread, in which jupyter_client leaves one behind; of the main thread, which
    keeps its own, None."""
    if threading.current_thread() is threading.main_thread():
        return None
    try:
        return asyncio.get_event_loop()
    except RuntimeError:
        return None
