"""A kernel under supervision: started, asked, interrupted, killed; its messages as they come."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager, NoSuchKernel
from jupyter_client.manager import KernelManager
from jupyter_client.provisioning import LocalProvisioner

from jupyter_mlops.exceptions import KernelNotInstalled, MLOpsError
from jupyter_mlops.execution.launch import Launched, PythonKernel, launch, lifeline_of, spec_folder

START_TIME = 180.0  # seconds a kernel may take to say its first word
_KNOCK = 10  # milliseconds between two tries to connect to a kernel that starts
_ASK_AGAIN = 0.25  # seconds after which a kernel whose output channel was not yet joined is asked again
_LAST_WORDS = 0.2  # seconds of silence after which a dead kernel has said all it had sent
_TICK = 0.1  # seconds within which a signal to this process is noticed, whatever the kernel does
_GOODBYE = 5.0  # seconds for a kernel to end by itself when asked to: it may have to flush something
_REAPED = 2.0  # seconds for a supervisor to kill all it has
IOPUB_QUEUE = 16  # messages held for us; the kernel waits when they are full (see `shim`)

# what Python does when a program ends; IPython's own way there may take seconds, and closes what dies anyway
GOODBYE = """
def _end():
    import atexit, os, threading
    try:
        threading._shutdown()
        from ipykernel.kernelapp import IPKernelApp
        application = IPKernelApp.instance()
        atexit.unregister(application.close)
        atexit.unregister(application.iopub_thread.stop)
        atexit._run_exitfuncs()
    finally:
        os._exit(0)
_end()
"""

Message = dict[str, Any]


class KernelDied(MLOpsError):
    """The kernel's process is gone; all that it had sent was read before this was raised."""


def kernel_spec(name: str) -> KernelSpec:
    """The specification of the installed kernel of that name.

    Raises:
        KernelNotInstalled: there is none.
    """
    folder = spec_folder(name)
    if folder is not None:  # the manager would import IPython to know where else to look
        return KernelSpec.from_resource_dir(str(folder))
    try:
        return KernelSpecManager().get_kernel_spec(name)
    except NoSuchKernel:
        known = ", ".join(sorted(KernelSpecManager().find_kernel_specs())) or "none"
        raise KernelNotInstalled(
            f"the kernel {name!r} is not installed",
            hint=f"there are: {known}; choose one of them in JupyterLab",
        ) from None


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
    file by which they find each other, which holds their key, where the kernel is no plain Python one."""

    def __init__(self, name: str, connection: Path) -> None:
        self.name = name
        self.pid: int | None = None
        self.info: Message = {}
        self._connection = connection
        self._launched: Launched | None = None
        self._manager: KernelManager | None = None
        self._loop_is_ours = False

    @functools.cached_property
    def spec(self) -> KernelSpec:
        """The kernelspec; see `kernel_spec`."""
        return kernel_spec(self.name)

    @property
    def plain(self) -> PythonKernel | None:
        """What there is to start, where it is IPython's kernel in some Python and no more."""
        return PythonKernel.of(self.spec.argv, self.spec.env, self.spec.metadata)

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
        try:
            if self.plain is not None:
                self.take(launch(self.plain, cwd=cwd, environment=env, log=log))
            else:
                self._start_managed(cwd, env, log)
        except (OSError, RuntimeError) as error:
            raise MLOpsError(
                f"the kernel {self.name!r} cannot be started: {error}",
                hint="check its kernel.json: jupyter kernelspec list",
            ) from None
        self.await_ready(cancelled)

    def take(self, launched: Launched) -> None:
        """This is the kernel, started by somebody: join it."""
        self._launched = launched
        if launched.status is not None:
            self._told(launched.status)
            launched.status = None
        self._join(launched.connection)

    def _start_managed(self, cwd: Path, env: Mapping[str, str], log: int) -> None:
        """By jupyter_client, which knows every kind of kernel."""
        self._manager = manager = KernelManager(kernel_name=self.name, connection_file=str(self._connection))
        if manager.has_trait("transport_encryption"):
            manager.transport_encryption = "auto"
        own = self.spec.metadata.get("kernel_provisioner", {}).get("provisioner_name", "local-provisioner")
        if os.name == "posix" and own == "local-provisioner":
            manager.provisioner = SupervisedProvisioner(
                kernel_id=manager.kernel_id or "supervised", kernel_spec=self.spec, parent=manager
            )
        manager.start_kernel(cwd=str(cwd), env=dict(env), stdout=log, stderr=log)
        process = getattr(manager.provisioner, "process", None)
        self.pid = getattr(manager.provisioner, "pid", None)
        if process is not None:
            lifeline = lifeline_of(process)
            self._launched = Launched(process.pid, lifeline, None, {}, None, env, child=process)
        if (status := getattr(manager.provisioner, "status_read", None)) is not None:
            self._told(status)
        self._join(manager.get_connection_info())

    def _told(self, status: int) -> None:
        """The supervisor tells the kernel's own pid."""
        with os.fdopen(status, "rb") as told:
            self.pid = int(told.readline() or 0) or None

    def _join(self, connection: Mapping[str, Any]) -> None:
        import zmq
        from jupyter_client.blocking.client import BlockingKernelClient

        self.client = BlockingKernelClient()
        self.client.context.setsockopt(zmq.RECONNECT_IVL, _KNOCK)  # of sockets that are made from now on
        self.client.load_connection_info(dict(connection))
        self._iopub = self.client.connect_iopub()
        # bounded, so that our memory is; a kernel that cannot wait may send as much as it likes
        self._iopub.rcvhwm = IOPUB_QUEUE if self.is_ipython else 0
        self.client.start_channels(shell=True, iopub=False, stdin=False, hb=False, control=True)
        self._shell = self.client.shell_channel.socket
        self._poller = zmq.Poller()
        self._poller.register(self._iopub, zmq.POLLIN)
        self._poller.register(self._shell, zmq.POLLIN)
        if self._launched is not None and self._launched.watch is not None:
            self._poller.register(self._launched.watch, zmq.POLLIN)

    def await_ready(self, cancelled: Callable[[], bool] = lambda: False) -> None:
        """Wait for the kernel's first words, or until `cancelled`.

        Raises:
            KernelDied: it ended before it was ready.
            MLOpsError: it does not answer.
        """
        try:
            self._await_ready(cancelled)
        except KernelDied:
            raise KernelDied(
                "the kernel ended before it was ready", hint="what it said is in kernel.log of the run"
            ) from None

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

    def ask_to_end(self) -> None:
        """Ask it to end, and do not wait for that: see `end`."""
        with contextlib.suppress(Exception):
            if self.info.get("implementation") == "ipython":
                self.execute(GOODBYE, silent=True, store_history=False)
            else:
                self.client.shutdown()

    def end(self) -> None:
        """See to it that it and all below it are gone, once it had the time to end as it was asked to."""
        until = time.monotonic() + _GOODBYE
        while self._launched is not None and self._launched.running and time.monotonic() < until:
            if self._launched.wait(_TICK):
                break
            for _, message in self._read("shell", self._shell):
                if (
                    message["content"].get("status") == "aborted"
                ):  # after an error it refuses what comes at once
                    self.ask_to_end()
        self.kill()

    def kill(self) -> None:
        """End the kernel and every process below it at once, and close the channels."""
        self.kill_tree()
        self._close()

    def kill_tree(self) -> None:
        """End the kernel and every process below it at once; what it had sent can still be received."""
        launched = self._launched
        if launched is None or not launched.running:
            return
        launched.let_go()
        if not launched.wait(_REAPED):
            launched.signal(signal.SIGKILL)
            launched.wait(_REAPED)

    def _close(self) -> None:
        client = self.__dict__.pop("client", None)
        if client is not None:
            # not `stop_channels`, which makes the channels that it has not yet to stop them
            for each in (client.shell_channel, client.control_channel):
                each.close()
            self._iopub.close(0)
            client.context.term()
        if self._launched is not None:
            self._launched.close()
        if self._manager is not None:
            with contextlib.suppress(Exception):
                self._manager.cleanup_resources()
        if self._loop_is_ours and (loop := _thread_loop()) is not None and not loop.is_running():
            loop.close()
            asyncio.set_event_loop(None)
        self._loop_is_ours = False

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
            if self._manager is not None:
                self._manager.interrupt_kernel()
            elif self._launched is not None:
                self._launched.signal(signal.SIGINT)

    def terminate(self) -> None:
        """Send the kernel and its process group SIGTERM."""
        if self._launched is not None:
            self._launched.signal(signal.SIGTERM)

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
        if self._launched is None:
            return False
        if self._launched.watch is not None:
            return self._launched.watch in ready
        return not self._launched.running

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
