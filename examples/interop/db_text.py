"""Fills the tables of Kamailio's module db_text with rows of CSV, tables one below the other: db_text.py FOLDER FILE.."""
import csv
import sys


def escaped(cell):
    # what is empty would be NULL: a string that ends at once is none
    for letter, other in ("\\", "\\\\"), ("\n", "\\n"), (":", "\\:"):
        cell = cell.replace(letter, other)
    return cell or "\\0"


TABLES = {"dpid": "dialplan", "gwid": "dr_gateways", "ruleid": "dr_rules"}
folder, *files = sys.argv[1:]
for name in files:
    table = None
    for row in csv.reader(open(name, newline="")):
        if not row:
            table = None
        elif table is None:
            table = f"{folder}/{next(TABLES[column] for column in row if column in TABLES)}"
            # the columns are those that Kamailio's own file has
            columns = [column.split("(")[0] for column in open(table).readline().split()]
            assert row == columns, (row, columns)
        else:
            with open(table, "a") as out:
                print(*map(escaped, row), sep=":", file=out)
