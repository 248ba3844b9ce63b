"""Lines of an extensions.conf that were neither carried over nor told of: unseen.py FILE TOLD WRITTEN"""
import csv
import re
import sys

from capture import check, done

# They decide nothing about where a call goes, as the documentation of the import says.
SILENT = {"noop", "answer", "hangup", "congestion", "busy", "verbose", "progress", "ringing"}
path, told, written = sys.argv[1:]
told = {int(number) for number in re.findall(r"line (\d+)", open(told).read())}
rules, trunks, kind = 0, 0, ""
for row in csv.reader(open(written, newline="")):
    if row and row[0].startswith("#TYPE"):
        kind, header = row[0].split(".")[-1].split("#")[0], None
    elif header is None:
        header = row
    elif kind == "NormalizationRule":
        rules += 1
    elif kind == "Route":
        trunks += len(row[header.index("PstnGatewayList")].split(";"))
unseen, lines, steps, comment = [], 0, 0, False
for number, line in enumerate(open(path), 1):
    if comment or re.match(r"\s*;--(?!-)", line):
        comment = "--;" not in line
        continue
    text = re.split(r"(?<!\\);", line)[0].strip()
    if not text:
        continue
    lines += 1
    if number in told:
        continue
    application = re.match(r"(?:exten\s*=>?[^,]*,|same\s*=>?)[^,]*,\s*(\w+)", text)
    name = application[1].lower() if application else ""
    if name in ("goto", "dial"):
        steps += 1
    elif not text.startswith("[") and name not in SILENT:
        unseen.append((number, text))
check(f"of {lines} lines {len(told)} are told, {steps} say where numbers go; passed over without a word", [], unseen)
check(f"{rules} rules and {trunks} trunks of routes hold them", True, steps <= rules + trunks)
done()
