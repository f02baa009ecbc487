"""A process that answers requests within a time limit, and is started anew where it does not."""

import json
import queue
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

COMMAND = (sys.executable, str(Path(__file__).with_name('gpu_side.py')))


class Worker:
    """One side's process; it starts with the first request.

    What it had built is built again, when a process that was ended is asked for it.

    Args:
        side: Name of the side.
        arguments: What else the process is started with: model, weights, size, GPU, crops.
        command: What starts it.
    """

    def __init__(self, side: str, *arguments: Any, command: tuple[str, ...] = COMMAND) -> None:
        flat = [
            part
            for argument in arguments
            for part in (argument if isinstance(argument, tuple) else (argument,))
        ]
        self._command = [*command, side, *map(str, flat)]
        self._process: subprocess.Popen[str] | None = None
        self._answers: queue.Queue[str] = queue.Queue()
        self._built: dict[str, dict[str, Any]] = {}  # what built a variant, whenever that was
        self._loaded: set[str] = set()  # what the process has

    def ask(
        self, request: dict[str, Any], seconds: float, *, starting: float = 0
    ) -> dict[str, Any]:
        """Send a request and wait for its answer.

        Args:
            request: The request.
            seconds: How long it may take.
            starting: How much longer, where a process that was ended has to start and build anew first.

        Returns:
            The answer; under ``'error'`` why there is none.
        """
        variant = request.get('variant', '')
        if self._process is None:
            self._start()
        if request['do'] == 'predict' and variant not in self._loaded:
            answer = self._exchange(self._built[variant], seconds + starting)
            if 'error' in answer:
                return answer
            self._loaded.add(variant)
        answer = self._exchange(request, seconds)
        if request['do'] == 'build' and 'error' not in answer:
            self._built[variant] = request
            self._loaded.add(variant)
        return answer

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _start(self) -> None:
        self._answers = answers = queue.Queue()
        self._loaded.clear()
        self._process = process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

        def read() -> None:
            assert process.stdout is not None
            for line in process.stdout:
                answers.put(line)
            answers.put('')

        threading.Thread(target=read, daemon=True).start()

    def _exchange(self, request: dict[str, Any], seconds: float) -> dict[str, Any]:
        process = self._process
        assert process is not None
        assert process.stdin is not None
        try:
            process.stdin.write(json.dumps(request) + '\n')
            process.stdin.flush()
            line = self._answers.get(timeout=seconds)
        except BrokenPipeError:
            line = ''
        except queue.Empty:
            self.close()
            return {'error': f'ended: it took more than {seconds:.0f} s'}
        if not line:
            code = process.wait()
            self.close()
            return {'error': f'the process ended with exit code {code}'}
        return json.loads(line)
