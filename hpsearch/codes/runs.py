"""S: what is wrong with the folder of a run; U and X: with a command, or with hpsearch itself."""

from hpsearch.codes.explanation import Explanation, Table

STORE: Table = {
    "S101": Explanation(
        title="another process uses this run",
        cause=(
            "Two searches that write to one run would give two trials one number. The lock is the operating "
            "system's, and is gone with its process, however that ended: it is never left over."
        ),
        fix="Wait, watch it with `hpsearch watch`, end it with `hpsearch stop`, or begin a run beside it with --new.",
    ),
    "S102": Explanation(
        title="the run was started with another config or other data",
        cause=(
            "Results of another command, metric or data set cannot be compared with those to come, and one "
            "table of both would be wrong. More trials, time or workers go on at once; another space goes on "
            "in a new round."
        ),
        fix="Undo the edit, or take one of the ways on that the message lists: --yes, --new or --name.",
    ),
    "S103": Explanation(
        title="the run is damaged or incomplete",
        cause=(
            "Its database is gone, cut off, only begun, or a checksum does not fit: a disk has failed, or "
            "something else wrote to it. It is not opened, since a table with silent gaps looks like a whole "
            "one."
        ),
        fix="`hpsearch repair RUN` saves what can be read and says what was lost; or put a copy of run.db back.",
    ),
    "S104": Explanation(
        title="a file or folder cannot be written or read",
        cause=(
            "The disk is full or fails, a quota is used up, or the permissions do not allow it. What was "
            "finished before is safe."
        ),
        fix="Make room or correct the permissions, then type the same command again; --runs chooses another place.",
    ),
    "S105": Explanation(
        title="a newer hpsearch wrote this run",
        cause="Runs of all earlier versions are opened. What a later one has written, this one would misunderstand.",
        fix="Upgrade hpsearch.",
    ),
    "S106": Explanation(
        title="there is no network to evaluate",
        cause=(
            "best.npz is gone, cannot be read, or is not the network of the best trial; or the run is of a "
            "command or function, which keep their models themselves."
        ),
        fix="`hpsearch retry RUN TRIAL` trains the best trial again and keeps its network.",
    ),
}

USAGE: Table = {
    "U101": Explanation(
        title="the command cannot be followed",
        cause=(
            "A command, option or argument is not known, is missing, does not go with the others, or cannot "
            "be done to this run."
        ),
        fix="`--help` behind a command lists its arguments and options with an example.",
        wrong="hpsearch check small.yaml --sett search.trials=20",
        right="hpsearch check small.yaml --set search.trials=20",
    ),
    "U102": Explanation(
        title="there is nothing of this name or number",
        cause=(
            "A run, a round, a trial, a column or a code is asked for that is not there. A run is named by "
            "its folder's name under --runs, or by a path."
        ),
        fix="`hpsearch ls` lists the runs, `hpsearch report RUN` its trials, `hpsearch explain` the codes.",
        wrong="hpsearch explain C999",
        right="hpsearch explain C104",
    ),
    "U103": Explanation(
        title="something of this name is there already",
        cause="To write over it would lose what took hours, so it takes a word of yours.",
        fix="Choose another name, or overwrite a file with --force.",
        wrong="hpsearch init -o small.yaml",
        right="hpsearch init -o search.yaml",
    ),
}

INTERNAL: Table = {
    "X101": Explanation(
        title="hpsearch itself has made a mistake",
        cause="Something happened that nobody has foreseen. All finished trials are saved.",
        fix=(
            "Type the same command again. Please send the report that the message names, with the config; "
            "--debug says what is decided on the way."
        ),
    )
}
