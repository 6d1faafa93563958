"""What the trials say: pure functions over observations or a history, each with a frozen record as its answer.

Where to go next: `refine` and `edges`. What matters: `importance`, `dead_weight`, `failure_region` and `variety`.
What early stopping cost: `audit`. Whether to go on: `forecast`, `progress`, `ties`, and `confirm` for the best of them
under other seeds.

Scores are signed so that larger is better, values of the metric are as the user knows them; positions are points of
the unit interval along a parameter's own scale. Nothing here prints.
"""

from hpsearch.insight.audit import Audit, audit
from hpsearch.insight.crowds import Edge, FailureRegion, edges, failure_region
from hpsearch.insight.forecast import Forecast, Progress, forecast, progress
from hpsearch.insight.importance import DeadWeight, Effect, Importance, PairEffect, dead_weight, importance
from hpsearch.insight.noise import Confirmation, Curves, Ties, confirm, confirmation, preferred, ties
from hpsearch.insight.refine import Refinement, Step, Verdict, refine
from hpsearch.insight.variety import Variety, variety
