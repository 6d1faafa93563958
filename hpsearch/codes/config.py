"""C1, C3, C4: what is wrong with the text of a config, with what it trains, and with how it searches."""

from hpsearch.codes.explanation import Explanation, Table

CONFIG: Table = {
    "C101": Explanation(
        title="a file that the config needs cannot be read",
        cause=(
            "The config itself, its `base:` or a file that it names is not there, is a folder or a pipe, is "
            "not text in UTF-8, or is far larger than a config is: lists of settings belong in a CSV file "
            "under `search.points`."
        ),
        fix="Correct the path, which starts at the folder of the config that names it, or save the file as UTF-8.",
        wrong="base: comon.yaml",
        right="base: common.yaml",
    ),
    "C102": Explanation(
        title="the text is not YAML",
        cause=(
            "A bracket or a quote is open, the indentation differs, a tab indents, a value holds `: `, or a "
            "tag or an alias stands where it has no meaning. Nothing behind such a place can be told for "
            "sure, so nothing is guessed."
        ),
        fix=(
            "Look at the line that is named and the one above it. Put quotes around a value with `: `, `#`, "
            "`{` or `[` in it, and indent with spaces."
        ),
        wrong="search: {trials: 20",
        right="search: {trials: 20}",
    ),
    "C103": Explanation(
        title="a key stands twice",
        cause="YAML readers mostly let the second one win in silence; the first one is what you believe to run.",
        fix="Keep one of the two.",
        wrong="search: {trials: 20, seed: 1, trials: 50}",
        right="search: {trials: 50, seed: 1}",
    ),
    "C104": Explanation(
        title="there is no key of this name",
        cause=(
            "A key that nothing reads would change nothing, and its author would not know. So it is refused, "
            "with the nearest name there is."
        ),
        fix=(
            "Correct the name or its section, or remove it. docs/reference.md and `hpsearch schema` have all "
            "keys; keys of your own that only hold anchors begin with `x-`."
        ),
        wrong="search: {trails: 20}",
        right="search: {trials: 20}",
    ),
    "C105": Explanation(
        title="something that cannot be left out is missing",
        cause=(
            "What is trained, what is searched, what trials are ranked by, and which way of that is better, "
            "are yours to say: each guess would be wrong for somebody, and a search for the smallest accuracy "
            "looks like any other."
        ),
        fix="Add the key that is named; the message has a line to start from.",
        wrong=('command: [python, train.py, --lr, "{lr}"]\nparameters:\n  lr: loguniform(1e-4, 1)\nmetric: accuracy'),
        right=(
            'command: [python, train.py, --lr, "{lr}"]\n'
            "parameters:\n  lr: loguniform(1e-4, 1)\n"
            "metric: {name: accuracy, goal: maximize}"
        ),
    ),
    "C106": Explanation(
        title="a value is not of the kind that its key takes",
        cause=(
            "Text stands where a number belongs, a fraction where things are counted, a word that is none of "
            "the few that are known. A text such as 08 or 1e5 in quotes stays a text."
        ),
        fix="Write a value of the kind that the message names. Times are written 90s, 30m, 2h or 1h30m.",
        wrong="execution: {timeout: soon}",
        right="execution: {timeout: 30m}",
    ),
    "C107": Explanation(
        title="a value is outside of what its key allows",
        cause=(
            "The kind is right, but the value lies beyond a bound: no trial at all, a fraction above 1, a "
            "momentum of 1, which never forgets. For a range of a hyperparameter both ends have to be values "
            "that it can have."
        ),
        fix="Write a value within the bounds that the message names.",
        wrong="search: {trials: 0}",
        right="search: {trials: 20}",
    ),
    "C108": Explanation(
        title="two things contradict each other",
        cause=(
            "Two keys say the same thing in two ways, or one is for another method, rule or kind of training "
            "than the one that is chosen. Either could be meant, and the other would be without effect."
        ),
        fix="Keep the one that you mean.",
        wrong="search: {method: random, grid: 5}",
        right="search: {method: grid, grid: 5}",
    ),
    "C109": Explanation(
        title="`--set` or HPSEARCH_SET cannot be put into the config",
        cause=(
            "Each is KEY=VALUE, with a dot between a section and its key; a bare name is that of a parameter. "
            "The value is read as in a file."
        ),
        fix="Name the section, and put quotes around what the shell would take apart.",
        wrong="hpsearch check small.yaml --set trials=20",
        right="hpsearch check small.yaml --set search.trials=20",
    ),
    "C301": Explanation(
        title="the program or script of `command` is not there",
        cause=(
            "Every trial would fail alike, the first one perhaps hours from now in a queue: so it is looked "
            "for at once. A program is looked for on PATH, a script in the current directory and beside the "
            "config."
        ),
        fix="Correct the name, activate the environment that has the program, or start from the folder of the script.",
        wrong='command: [python, trian.py, --lr, "{lr}"]',
        right='command: [python, train.py, --lr, "{lr}"]',
    ),
    "C302": Explanation(
        title="a placeholder of `command` and the parameters do not fit",
        cause=(
            "`{lr}` stands for the value of the parameter lr. One without a parameter would reach the program "
            "as it stands, and a parameter that the command never uses would be searched in vain: all its "
            "values do the same."
        ),
        fix=(
            "Use the same names on both sides, or pass all parameters with `${args}`. Braces that mean "
            "themselves are written {{ and }}."
        ),
        wrong='command: [python, train.py, --lr, "{learning_rate}"]',
        right='command: [python, train.py, --lr, "{lr}"]',
    ),
    "C303": Explanation(
        title="`command` has a word that no program can be given",
        cause=(
            "The command is run without a shell, so that no value of a parameter can act as one. Pipes, "
            "redirections, $VARIABLES and ~ would reach the program as plain words; a zero byte or 128 KiB "
            "cannot reach it at all."
        ),
        fix=(
            "Let a shell do it, with quotes around what a parameter gives, or put quotes around a sign that "
            "means itself."
        ),
        wrong="command: python train.py --lr {lr} | tee log.txt",
        right='command: [sh, -c, \'python train.py --lr "$1" | tee log.txt\', sh, "{lr}"]',
    ),
    "C304": Explanation(
        title="`command.pattern` cannot find the metric",
        cause=(
            "It is a regular expression of Python's that is looked for in each line of the output. A group "
            "named like the metric, or the only group, holds its value; more groups may hold other metrics."
        ),
        fix="Give it that group, and single quotes in YAML, in which a backslash stays one.",
        wrong="command: {line: [python, train.py, --lr, \"{lr}\"], pattern: 'accuracy (?P<acc>\\S+)'}",
        right="command: {line: [python, train.py, --lr, \"{lr}\"], pattern: 'accuracy (?P<accuracy>\\S+)'}",
    ),
    "C305": Explanation(
        title="`function` names nothing that can be called with these parameters",
        cause=(
            "`module:name` is looked for beside the config and then where Python looks, and read without "
            "being run. Its arguments have to be the parameters: by name, or one mapping of all of them."
        ),
        fix="Correct the name, add the argument or the parameter, or take `**params`.",
        wrong="function: train:mian",
        right="function: train:main",
    ),
    "C401": Explanation(
        title="the grid cannot be made",
        cause=(
            "A grid tries every combination: each range needs a number of points, and their product has to be "
            "what `trials` allows. With five ranges of ten points that is 100,000 trials; random search "
            "tries as many values of each with a hundred."
        ),
        fix="Say the number of points, for all ranges or for each, lower it, or take `method: random`.",
        wrong="search: {method: grid, grid: 20, trials: 10}",
        right="search: {method: grid, grid: 10, trials: 10}",
    ),
    "C402": Explanation(
        title="`search.points` are not settings of this space",
        cause=(
            "Points are tried as they are given, so each needs a value for every parameter that is not fixed, "
            "and a value that its range or list has. A CSV file has a header of parameters' names and a row "
            "a point; the one that `hpsearch report --format csv` writes will do."
        ),
        fix="Correct the row, widen the range under `parameters:`, or leave the row out.",
        wrong="search: {method: points, points: [{learning_rate: 5}]}",
        right="search: {method: points, points: [{learning_rate: 0.5}]}",
    ),
}
