"""What is found out about a run, as data: `findings(store) -> Report`. Nothing here draws."""

from hpsearch.report.ending import deletes, why_ended
from hpsearch.report.findings import SHOWN, Report, RoundFinding, Summary, findings
from hpsearch.report.sections import FEWEST, SECTIONS, Section, Subject, by_importance
from hpsearch.report.table import TrialTable, is_missing, why_failed
from hpsearch.report.where import ABSENT
