"""`hpsearch`, and `python -m hpsearch`: signals are answered before anything large is imported."""

# What `signal` is made of, and loaded already: to import that one takes as long as a Ctrl-C may need.
import _signal  # type: ignore[import-not-found]  # nobody has stubs of it

_MASK = _signal.pthread_sigmask(_signal.SIG_BLOCK, (_signal.SIGINT, _signal.SIGTERM, _signal.SIGHUP))

from hpsearch.system.signals import begin_process  # noqa: E402  what comes meanwhile is answered behind it

begin_process(_MASK)

from hpsearch.cli import main  # noqa: E402  a signal may come while this is imported

if __name__ == "__main__":
    main()
