#!/usr/bin/python3
"""Makes china.json from the npm package chinese-days (MIT): the legal holidays and make-up workdays of mainland China,
year by year as they were published. Run it when a version with another year is out: ./make.py 1.5.8"""

import datetime
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
VERSION = sys.argv[1] if len(sys.argv) > 1 else "1.5.7"


def spans(days: dict[str, str]) -> list[dict[str, str]]:
    """Days in a row of one holiday as one span."""
    found: list[dict[str, str]] = []
    for day, told in sorted(days.items()):
        name_en, name, _ = told.split(",")
        yesterday = datetime.date.fromisoformat(day) - datetime.timedelta(days=1)
        if found and found[-1]["to"] == yesterday.isoformat() and found[-1]["names"]["zh"] == name:
            found[-1]["to"] = day
        else:
            found.append({"from": day, "to": day, "names": {"zh": name, "en": name_en}})
    return found


def year(text: str) -> dict[str, list]:
    """One year of the package as one of ours."""
    told = json.loads(text)
    return {"holidays": spans(told["holidays"]), "workdays": sorted(told["workdays"])}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["npm", "pack", f"chinese-days@{VERSION}"], cwd=folder, check=True, capture_output=True)
        with tarfile.open(next(Path(folder).glob("*.tgz"))) as package:
            texts = {Path(one.name): package.extractfile(one).read().decode() for one in package if one.isfile()}
    told = sorted(path for path in texts if path.match("dist/years/*.json"))
    years = {path.stem: year(texts[path]) for path in told}
    licence = texts[Path("package/LICENSE")]
    made = {"from": f"npm chinese-days {VERSION}", "years": years}
    lines = json.dumps(made, ensure_ascii=False, indent=None, separators=(",", ":")).replace('},"20', '},\n"20')
    HERE.joinpath("china.json").write_text(lines + "\n")
    HERE.joinpath("LICENSE.chinese-days").write_text(licence)


main()
