#!/usr/bin/env bash
# A day that Excel shows as 2019年1月1日 is the number 43466 to openpyxl, and to pandas.
#
# Excel in Chinese, Japanese and Korean has built-in formats of its own for days, 27 to 36 and 50 to 58: 31 is 年月日 in
# full, 57 a year and a month. A workbook names them by their number alone. openpyxl knows the built-in formats of English
# only, so that the cell is a plain number: a column of opening days becomes one of whole numbers, in which a year is
# looked for in vain. python-calamine reads the same cells as days.
# Seen with openpyxl 3.1.5, pandas 3.1.1, python-calamine 0.9.1; written by xlsxwriter 3.3.1.
set -euo pipefail
unset PYTHONPATH
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
  openpyxl==3.1.5 pandas==3.1.1 python-calamine==0.9.1 xlsxwriter==3.3.1
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
from importlib.metadata import version

import pandas as pd
import xlsxwriter

DAY, SERIAL, CHINESE = pd.Timestamp("2019-01-01"), 43466, [*range(27, 37), *range(50, 59)]


def shown_by(number):
    """Write a day in a built-in format, as Excel does, and read it by both."""
    with xlsxwriter.Workbook("clinics.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "opened")
        sheet.write_number(1, 0, SERIAL, book.add_format({"num_format": number}))
    return {engine: pd.read_excel("clinics.xlsx", engine=engine)["opened"] for engine in ("openpyxl", "calamine")}


for number in (14, 22):  # those of English
    assert all(column.tolist() == [DAY] for column in shown_by(number).values())
read = {number: shown_by(number) for number in CHINESE}
print(*(f"{name} {version(name)}" for name in ("openpyxl", "pandas", "python-calamine", "xlsxwriter")))
for number in (31, 57, 58):
    print(f"format {number}:", {engine: column.tolist() for engine, column in read[number].items()})
for number in CHINESE:
    assert read[number]["openpyxl"].tolist() == [SERIAL] and read[number]["openpyxl"].dtype == "int64"
    assert read[number]["calamine"].tolist() == [DAY]
print("as seen: a day in a Chinese format is a number to one reader, a day to another")
PY
