"""What is found out about a run, as data: `findings(store) -> Report`. Nothing here draws."""

from hpsearch.report.evaluation import Evaluation, evaluate
from hpsearch.report.findings import FEWEST, SHOWN, Curves, Insight, Outlook, Report, RoundFinding, Summary, findings
from hpsearch.report.table import TrialTable
