"""Conformance suites: what every distribution, method, objective and executor keeps to, ours and yours.

    from hpsearch.testing import check_method
    check_method(MySearch)

Each `check_...` raises AssertionError with a sentence that says what is not kept, and returns nothing.
"""

from hpsearch.testing.distribution import check_distribution, check_scale
from hpsearch.testing.executor import check_executor
from hpsearch.testing.method import check_method
from hpsearch.testing.objective import check_objective, check_objective_settings
