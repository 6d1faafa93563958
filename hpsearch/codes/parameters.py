"""C2: what is wrong with a hyperparameter."""

from hpsearch.codes.explanation import Explanation, Table

PARAMETERS: Table = {
    "C201": Explanation(
        title="a range does not say its scale",
        cause=(
            "From 0.0001 to 1, nine of ten draws of a uniform range lie above 0.1, and the learning rates "
            "that work are hardly tried. Which scale is right depends on what the number means, so none is "
            "assumed."
        ),
        fix=(
            "`loguniform` for what is tried in powers of ten (learning rates, decay), `reverseloguniform` for "
            "what is close to 1 (momentum, beta2), `lograndint` for sizes, `uniform` and `randint` for the "
            "rest."
        ),
        wrong="parameters:\n  learning_rate: {min: 0.0001, max: 1}",
        right="parameters:\n  learning_rate: loguniform(0.0001, 1)",
    ),
    "C202": Explanation(
        title="there is no distribution of this name",
        cause=(
            "The distributions are uniform, loguniform, reverseloguniform, randint, lograndint, choice and "
            "ordinal. Some that other tools have are left out on purpose: a normal one has no ends, so `zoom` "
            "could not refine it."
        ),
        fix="Take the one that the message names, or the nearest.",
        wrong="parameters:\n  learning_rate: {distribution: log_normal, min: 0.001, max: 1}",
        right="parameters:\n  learning_rate: {distribution: loguniform, min: 0.001, max: 1}",
    ),
    "C203": Explanation(
        title="the ends of a range do not fit its scale",
        cause=(
            "On a logarithmic scale 0 lies infinitely far away, on a reversed one 1 does; min has to be below "
            "max, and between them has to be room for floats. `limits` have to lie around the range."
        ),
        fix="Move the end, or take a scale that has it: `uniform` includes 0. A single value is written as it is.",
        wrong="parameters:\n  learning_rate: loguniform(0, 1)",
        right="parameters:\n  learning_rate: loguniform(0.0001, 1)",
    ),
    "C204": Explanation(
        title="the step does not fit the range",
        cause=(
            "Values are min, min + step, min + 2 step and so on up to max: a step has to be above 0, whole "
            "for whole numbers, and leave at least two values. The `q` of other tools counts from 0 instead, "
            "which is the same only where min is a multiple of it."
        ),
        fix="Use a smaller step, another min, or a list of values.",
        wrong="parameters:\n  learning_rate: uniform(0.1, 0.5, 1)",
        right="parameters:\n  learning_rate: uniform(0.1, 0.5, 0.1)",
    ),
    "C205": Explanation(
        title="a short form looks like a range and cannot be read as one",
        cause=(
            "`loguniform(1e-4, 1)` is a range, and any other text a value. What lies between, such as a "
            "bracket that is open, `0.1 to 1`, or a comma that may be a decimal one, could be either, and "
            "would be a choice of one text."
        ),
        fix="Write NAME(min, max), or for the text itself `{value: ...}`. Within { } or [ ], put a range in quotes.",
        wrong="parameters:\n  learning_rate: log-uniform 1e-4..1",
        right="parameters:\n  learning_rate: loguniform(1e-4, 1)",
    ),
    "C206": Explanation(
        title="a list of values is not one",
        cause=(
            "A list is a choice between its values. A value that stands twice would be drawn twice as often, "
            "NaN equals nothing, and a range within a list would be one value of the choice, a text."
        ),
        fix="Keep one of each. For a choice between ranges, write a parameter for each with its `when:`.",
        wrong="parameters:\n  units: [16, 32, 32]",
        right="parameters:\n  units: [16, 32]",
    ),
    "C207": Explanation(
        title="`when` cannot be read",
        cause=(
            "It is a mapping from other parameters to their values or to a comparison, all of which have to "
            "hold; a list of such mappings, of which any has to; or the same in words."
        ),
        fix="Write it in one of these forms; <, >, <= and >= compare with numbers.",
        wrong="parameters:\n  optimizer: [adam, sgd]\n  beta2: {value: 0.99, when: adam}",
        right="parameters:\n  optimizer: [adam, sgd]\n  beta2: {value: 0.99, when: optimizer == adam}",
    ),
    "C208": Explanation(
        title="`when` can hold in no trial",
        cause=(
            "The other parameter never has the value that is named, or conditions wait for each other in a "
            "circle. The parameter would never exist, and nobody would notice."
        ),
        fix="Name a value that the other parameter has. Of a range, compare (`> 0.1`) instead of naming one value.",
        wrong="parameters:\n  optimizer: [adam, sgd]\n  beta2: {value: 0.99, when: {optimizer: adma}}",
        right="parameters:\n  optimizer: [adam, sgd]\n  beta2: {value: 0.99, when: {optimizer: adam}}",
    ),
    "C209": Explanation(
        title="there is no hyperparameter of this name",
        cause=(
            "A condition, a grid or a point names one that is not under `parameters:`, or the built-in "
            "network has none of this name: it would be searched without any effect."
        ),
        fix="Correct the name. docs/reference.md has those of the network; a `command:` may have any.",
        wrong="parameters:\n  learning_rte: loguniform(0.001, 1)",
        right="parameters:\n  learning_rate: loguniform(0.001, 1)",
    ),
    "C210": Explanation(
        title="there is nothing to search",
        cause="Every parameter has one value, so that all trials would be the same one.",
        fix="Give one of them a range or a list; for the same setting with other seeds, see `hpsearch confirm`.",
        wrong="parameters:\n  learning_rate: 0.1",
        right="parameters:\n  learning_rate: [0.1, 0.01]",
    ),
}
