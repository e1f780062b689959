"""An acceptance test: every study audited by two builds, and all they say compared file by file.

Before a change lands, run ``python -m benchmarks.acceptance --base main`` in its tree. The revision it starts from is
checked out beside it, both audit the sample under three profiles, Wuhan, Helsinki and a tenth-size city, and every
table, page, layer, workbook, document and picture, what the command prints and what a browser shows are set side by
side by what they say. What differs is either a fault, which is mended, or what the change is for: then it is written
into a file with its reason, ``--allow FILE``, and the change is handed on with that file's name. The same base is
compared with many times while one works: ``--base main --keep --out DIR`` once, ``--before DIR`` from then on, and
``--study NAME`` for the study at hand. A new format of a file needs a line in `benchmarks.acceptance.files.KINDS`.

An entry that allows a difference::

    [[allow]]
    file = "findings.csv"       # patterns with * and ?: study, file, row, column, before, after
    column = "flags"
    reason = "flags are codes with values"
"""
