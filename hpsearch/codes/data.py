"""D: what is wrong with the data that the built-in network is trained on."""

from hpsearch.codes.explanation import Explanation, Table

DATA: Table = {
    "D101": Explanation(
        title="the data file cannot be read",
        cause=(
            "It is not there, is a folder or a pipe, may not be read, or is of a kind that is not known: CSV, "
            "Parquet, NPZ and IDX are, by the end of their names. A path starts at the folder of the config."
        ),
        fix="Correct the path, or write the rows in one of these forms.",
        wrong="data: {path: flower.csv, target: species}",
        right="data: {path: flowers.csv, target: species}",
    ),
    "D102": Explanation(
        title="the data file is not what its name says",
        cause=(
            "It is cut off or damaged, its bytes are no text in UTF-8, its columns are divided by something "
            "else than commas, semicolons or tabs, columns share a name, or arrays do not have as many rows "
            "as labels. To read on would shift values into other columns."
        ),
        fix="Write the file again as the message says; the first line of a table has the columns' names.",
        wrong="length|width|species\n1.5|2|a\n2.5|1|b",
        right="length,width,species\n1.5,2,a\n2.5,1,b",
    ),
    "D103": Explanation(
        title="values are missing",
        cause=(
            "A network needs a number in each place. What an empty cell means (0, the mean, a row to leave "
            "out) decides the result, and only you know it. Empty cells, NA, NaN, null and None count as "
            "missing."
        ),
        fix="Fill them in, remove the rows, or leave the column out with `data: {drop: [NAME]}`.",
        wrong="length,width,species\n1.5,,a\n2.5,1,b",
        right="length,width,species\n1.5,2,a\n2.5,1,b",
    ),
    "D104": Explanation(
        title="there is no column or array of this name",
        cause="`target:` or `drop:` names one that the file does not have, or nothing is left to train on.",
        fix="Take a name of the list in the message. Where the first line is a row already, add one with names.",
        wrong="data: {path: flowers.csv, target: specis}",
        right="data: {path: flowers.csv, target: species}",
    ),
    "D105": Explanation(
        title="a column cannot become inputs",
        cause=(
            "Numbers become one input, and text of a few different values one for each. Dates and times, IDs, "
            "free text, numbers with a word among them, infinite or enormous values, and a column that only "
            "numbers the rows are not inputs: the last gives the class away in a file that is sorted by it."
        ),
        fix="Write them as numbers, correct the cells, or leave the columns out as the message says: `drop: [NAME]`.",
        wrong="day,width,species\n2026-11-01,2,a\n2026-11-02,1,b",
        right="day,width,species\n1,2,a\n2,1,b",
    ),
    "D106": Explanation(
        title="the labels are not classes",
        cause=(
            "The built-in network tells classes apart: integers or texts, at least two and at most a "
            "thousand, with several rows of each. Fractions are a quantity, for which a class network is the "
            "wrong model."
        ),
        fix="Name another `target:`, cut the values into bins, or train a model of yours with `command:`.",
        wrong="length,width,species\n1.5,2,0.25\n2.5,1,0.75",
        right="length,width,species\n1.5,2,0\n2.5,1,1",
    ),
    "D107": Explanation(
        title="there are too few rows",
        cause=(
            "Training, validation and test each need rows of every class, or an accuracy would be of other "
            "classes than the ones that were learned."
        ),
        fix="Add rows, leave the class out, or lower `data.validation` and `data.test`.",
        wrong="data: {name: blobs, classes: 4, points: 12}",
        right="data: {name: blobs, classes: 4, points: 120}",
    ),
    "D108": Explanation(
        title="the data does not fit into memory",
        cause="It is held whole, and the system would kill the search in its middle instead of at its start.",
        fix="Give fewer rows or columns, or take a machine with more memory.",
    ),
}
