"""A run on disk: SQLite in WAL mode, one writer, readers that never block it."""

from hpsearch.store.repair import repair_run
from hpsearch.store.store import DATABASE, Store, run_folders, running_process, versions

__all__ = ["DATABASE", "Store", "repair_run", "run_folders", "running_process", "versions"]
