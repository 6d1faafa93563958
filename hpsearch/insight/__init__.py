"""What the trials say: pure functions over observations or a history, each with a frozen record as its answer.

Where to go next
    refine(seen, top=None) -> Refinement            `.space`, and `.steps`: one Step per searched parameter
    edges(seen, top=None) -> tuple[Edge, ...]       ends of ranges where the best trials crowd; `.yaml`
What matters
    importance(seen) -> Importance                  `.effects`, `.pairs`, `.local`, `.warning`
    dead_weight(importance) -> tuple[DeadWeight]    parameters that do not matter here
    failure_region(seen) -> FailureRegion | None    where trials fail, if one range or value explains it
    variety(seen) -> tuple[Variety, ...]            distinct values tried; what a grid would have tried
Whether to go on
    forecast(history, more) -> Forecast             expected best after `more` random trials; `.sentence`
    progress(history) -> Progress | None            what the rounds after the first have brought; `.sentence`
    ties(history, replicates, examples) -> Ties     trials within noise of the best; `.source` of the noise
    confirm(candidates, goal) -> Confirmation       ranking by mean over replicates; whether the winner is one

Scores are signed so that larger is better, values of the metric are as the user knows them; positions are points of
the unit interval along a parameter's own scale. Nothing here prints.
"""

from hpsearch.insight.crowds import Edge, FailureRegion, edges, failure_region
from hpsearch.insight.forecast import Forecast, Progress, forecast, progress
from hpsearch.insight.importance import DeadWeight, Effect, Importance, PairEffect, dead_weight, importance
from hpsearch.insight.noise import (
    Candidate,
    Confirmation,
    Contender,
    Ties,
    confirm,
    confirmation,
    preferred,
    tied_with_best,
    ties,
)
from hpsearch.insight.refine import Refinement, Step, Verdict, refine
from hpsearch.insight.variety import Variety, variety
