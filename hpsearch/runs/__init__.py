"""A run as a person knows it: begun, gone on with, zoomed, confirmed, timed."""

from hpsearch.runs.opening import open_run, resume_run
from hpsearch.runs.run import Run
