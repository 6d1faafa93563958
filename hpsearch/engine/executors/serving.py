"""What a worker process does: take work, do it, answer; and end with all that it started when the engine is gone."""

import multiprocessing
import os
import pickle
import signal
import sys
import threading
import time
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from types import FrameType
from typing import Any

from hpsearch.system.processes import Ended, adopt_orphans, below, end
from hpsearch.system.signals import hear

_GRACE = 6.0  # seconds for a program to be ended in order; it has 5


def serve(pipe: Connection) -> None:
    """Answer calls until the pipe closes or the process is told to end; never returns."""
    # Ctrl-C and a hangup reach the whole terminal group; only the engine decides what they mean.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # under nohup nobody hears hangups, trials neither
        signal.signal(signal.SIGHUP, _left_to_the_engine)  # a handler ends here: what a trial starts hears hangups
    signal.signal(signal.SIGTERM, _leave)
    sys.unraisablehook = _leave_later
    hear()
    adopt_orphans()
    threading.Thread(target=_watch_engine, daemon=True).start()
    code = 1
    try:
        while True:
            _answer(pipe)
    except (EOFError, ConnectionError):
        code = 0
    except SystemExit as err:
        code = err.code if isinstance(err.code, int) else 1
    finally:
        end(below, grace=1.0)
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError):  # whoever read it may have gone
                stream.flush()
        os._exit(code)  # threads that a function left running keep nothing alive


def _answer(pipe: Connection) -> None:
    """One call: (True, what it returned) or (False, what it raised); before that, a word that it begins."""
    work, own = pipe.recv_bytes(), os.getpid()
    try:
        try:
            fn, args = pickle.loads(work)  # noqa: S301  it comes from our own engine
        finally:
            pipe.send(None)
        reply: tuple[bool, Any] = True, fn(*args)
    except Exception as err:
        reply = False, _portable(err)
    if os.getpid() != own:
        os._exit(0)  # forked by the work, which has come back here twice
    try:
        pipe.send(reply)
    except (pickle.PicklingError, TypeError, AttributeError) as err:
        pipe.send((False, RuntimeError(f"the result cannot be sent: {err}")))


def _portable(error: Exception) -> Exception:
    """The exception, or its text where it would not survive the way: some cannot be rebuilt from their arguments."""
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301  our own bytes
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


def _left_to_the_engine(number: int, frame: FrameType | None) -> None:
    """Do nothing."""


def _leave(number: int, frame: FrameType | None) -> None:  # noqa: ARG001  the signal module's signature
    # Once is enough: what ends now must not be disturbed while it ends its own children.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Ended(128 + number)


def _leave_later(lost: "sys.UnraisableHookArgs") -> None:
    """Tell it again where Python let no exception out: in the callback of a weak reference, say, or a finalizer."""
    if not isinstance(lost.exc_value, Ended):
        sys.__unraisablehook__(lost)
        return
    signal.signal(signal.SIGTERM, _leave)
    threading.Timer(0.01, os.kill, (os.getpid(), signal.SIGTERM)).start()


def _watch_engine() -> None:
    """When the engine dies, however it dies, end; a program that trains for nobody only takes up the machine."""
    engine = multiprocessing.parent_process()
    if engine is None:
        return
    wait([engine.sentinel])
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_GRACE)
    end(below, grace=0.0)
    os._exit(1)
