"""R: why a trial fails, or a search as a whole."""

from hpsearch.codes.explanation import Explanation, Table

TRIALS: Table = {
    "R101": Explanation(
        title="the search has ended because trials fail",
        cause=(
            "The first five trials failed in the same way, before any succeeded, so the rest would too; or as "
            "many failed as `execution.max_failures` allows. Trials that diverge are no failures of this "
            "kind."
        ),
        fix=(
            "Mend what the reason says and type the same command again. Where many settings are bound to "
            "fail, raise `execution.max_failures`."
        ),
        wrong="command: [sh, -c, 'exit 3']\nsearch: {trials: 8}",
        right="command: [sh, -c, 'echo accuracy=0.9']\nsearch: {trials: 8}",
    ),
    "R102": Explanation(
        title="the program or function failed",
        cause=(
            "It ended with an exit code other than 0, or raised an exception; the reason is its last line. "
            "What it had reported before does not count."
        ),
        fix=(
            "`hpsearch logs RUN TRIAL` has all that it wrote, `hpsearch show RUN TRIAL` the line to try by "
            "hand. Then `hpsearch retry RUN --failed` runs it again."
        ),
        wrong="command: [sh, -c, 'exit 3']",
        right="command: [sh, -c, 'echo accuracy=0.9']",
    ),
    "R103": Explanation(
        title="the program ended well, but reported no metric",
        cause=(
            "Nothing in its output or in `metrics_file` has the name of the metric with a number, or a "
            "function returned something else than a number or a mapping of numbers."
        ),
        fix=(
            "Print the name of `metric:` as it stands there and a number, such as `accuracy: 0.97`. "
            "docs/output.md lists what is read; `command.pattern` reads any other form."
        ),
        wrong="command: [sh, -c, 'echo done']",
        right="command: [sh, -c, 'echo accuracy=0.9']",
    ),
    "R104": Explanation(
        title="the metric cannot be told for sure",
        cause=(
            "A line names it with something that is no number or could be two: another unit, a table without "
            "a clear column, JSON that is cut off. A wrong number would rank the trials wrongly, so there is "
            "none."
        ),
        fix="Print a plain line `NAME: NUMBER` at the end, or say with `command.pattern` where the number stands.",
        wrong="command: [sh, -c, 'echo \"accuracy: 0.8 -> 0.9\"']",
        right="command: [sh, -c, 'echo \"accuracy: 0.9\"']",
    ),
    "R105": Explanation(
        title="`command.pattern` is too slow",
        cause=(
            "A regular expression with nested repetitions can take longer than the universe for one line, and "
            "the trial would hang after its training."
        ),
        fix="Name what stands between, such as `[^,]*`, in place of `(.*)*`; anchor it at a word of the line.",
    ),
    "R106": Explanation(
        title="the program could not be started",
        cause=(
            "It was there when the config was read, but the system refuses: it may not be run, is for another "
            "processor, its first line names an interpreter that is not there, or its arguments are too "
            "long."
        ),
        fix="Start it by hand with the line that `hpsearch show` prints; long values can go by a file, {params_file}.",
    ),
    "R107": Explanation(
        title="memory ran out",
        cause=(
            "The program said so, the system killed it, or the built-in network would not have fitted. It is "
            "not tried again, as it would be the same."
        ),
        fix="Lower the batch size or the sizes of layers at the upper end, or run fewer `execution.workers` at once.",
    ),
    "R108": Explanation(
        title="the trial ran past its time",
        cause="`execution.timeout` is the most that one trial may take; it and all that it has started are ended.",
        fix=(
            "Raise `execution.timeout`, or narrow the range that makes trials slow; `early_stop:` ends those "
            "early that fall behind."
        ),
        wrong="command: [sh, -c, 'sleep 5; echo accuracy=0.9']\nexecution: {timeout: 0.2s}",
        right="command: [sh, -c, 'echo accuracy=0.9']\nexecution: {timeout: 1m}",
    ),
    "R109": Explanation(
        title="the training diverged",
        cause=(
            "The metric, or the loss of the built-in network, became NaN or infinite: mostly the learning "
            "rate is too large for the other settings. A few such trials are what a search is to find out."
        ),
        fix="Where many diverge, the report says in which region: lower that end of the range.",
        wrong="command: [sh, -c, 'echo accuracy=nan']",
        right="command: [sh, -c, 'echo accuracy=0.9']",
    ),
    "R110": Explanation(
        title="the process of the trial died",
        cause=(
            "It was killed by a signal, crashed, or its machine took it away. It was tried again as often as "
            "`execution.retries` says, since that can be chance."
        ),
        fix="Look at `hpsearch logs RUN TRIAL`; where memory is short, the system kills processes without a word.",
        wrong="command: [sh, -c, 'kill -9 $$']",
        right="command: [sh, -c, 'echo accuracy=0.9']",
    ),
    "R111": Explanation(
        title="no trial has succeeded",
        cause="There is no best trial to show, to refine or to confirm.",
        fix="`hpsearch report RUN` says why they failed. Mend that, and `hpsearch retry RUN --failed`.",
    ),
    "R112": Explanation(
        title="there is nothing that the trial can go on from",
        cause=(
            "A trial that pauses is carried on from its checkpoint. It left none, the one it left is gone, damaged or "
            "larger than `execution.checkpoint_size`, and it could not be made again."
        ),
        fix=(
            "A program or function trains up to HPSEARCH_UNTIL and writes all that its training goes on from into "
            "HPSEARCH_CHECKPOINT_OUT. For a larger one, raise `execution.checkpoint_size`."
        ),
    ),
}
