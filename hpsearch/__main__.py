"""`hpsearch`, and `python -m hpsearch`: signals are answered before anything large is imported."""

from hpsearch.system.signals import begin_process

begin_process()

from hpsearch.cli import main  # noqa: E402  a signal may come while this is imported

if __name__ == "__main__":
    main()
