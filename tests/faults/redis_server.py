"""A Redis of the tests' own, that may be killed, hung and emptied."""

import shutil
import signal
import socket
import subprocess
from pathlib import Path

from tests.processes import end_with_parent, free_port, send, wait_until


class RedisServer:
    """On a port of its own, keeping nothing on disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @staticmethod
    def is_installed() -> bool:
        return shutil.which("redis-server") is not None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def __enter__(self) -> "RedisServer":
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.kill()

    def start(self) -> None:
        """Start, and wait until it answers."""
        command = ["redis-server", "--bind", "127.0.0.1", "--port", str(self.port), "--save", "", "--appendonly", "no"]
        self.process = subprocess.Popen(
            command, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=end_with_parent()
        )
        wait_until(lambda: self.command("PING") == b"+PONG\r\n", "Redis answers")

    def command(self, *words: str) -> bytes:
        """One command, its raw reply; empty when nobody answers."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), 2) as connection:
                connection.sendall((" ".join(words) + "\r\n").encode())
                return connection.recv(4096)
        except OSError:
            return b""

    def kill(self) -> None:
        """SIGKILL."""
        if self.process is not None:
            send(self.process.pid, signal.SIGCONT)
            self.process.kill()
            self.process.wait()

    def hang(self) -> None:
        """It takes connections (the kernel does) and never answers."""
        assert self.process is not None
        send(self.process.pid, signal.SIGSTOP)

    def wake(self) -> None:
        """It goes on."""
        assert self.process is not None
        send(self.process.pid, signal.SIGCONT)
