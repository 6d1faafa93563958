"""A run as a person knows it: begun, gone on with, zoomed, confirmed, timed."""

from hpsearch.runs.confirm import confirmation, preferred, tied_with_best
from hpsearch.runs.run import BEST_MODEL, Run, config_of, open_run, resume_run

