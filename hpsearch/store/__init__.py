"""A run on disk: SQLite in WAL mode, one writer, readers that never block it."""

from hpsearch.store.folders import copy_run, remove_run, rename_run, size_on_disk
from hpsearch.store.lock import running_process
from hpsearch.store.opening import BEST_MODEL, DATABASE, EVALUATIONS, KEYS, holds_run, run_folders
from hpsearch.store.repair import Repaired, repair_run
from hpsearch.store.states import State, UnreadableError
from hpsearch.store.store import Store
from hpsearch.store.tables import Ending, Facts, Round
