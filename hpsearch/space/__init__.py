"""Search spaces: named distributions, each a map between values and the unit interval along its own scale.

Methods see only points of the unit cube, (n, d); zooming is a smaller box in it, whatever the scale.
"""

from hpsearch.space.categorical import LISTED, Choice, Fixed, Ordinal, value_key
from hpsearch.space.cells import as_cell, from_cell
from hpsearch.space.conditions import Condition, Conditions, among
from hpsearch.space.distribution import Distribution, SpaceError
from hpsearch.space.numeric import Numeric
from hpsearch.space.ranges import DISTRIBUTIONS
from hpsearch.space.scales import LINEAR, LOG, REVERSE_LOG, Scale
from hpsearch.space.space import Parameter, Space, distribution_from, settings_key
