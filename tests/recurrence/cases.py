#!/usr/bin/env python3
"""Random recurrence rules in real zones, each with the instants that recurring-ical-events finds: a JSON object a line.

  cases.py COUNT SEED > cases.jsonl

A case: zone, dtstart (local), rrule, rdate and exdate (local), from and until (seconds since 1970), and instants.
"""
import json
import random
import sys
from datetime import date, datetime, timedelta, timezone
from itertools import islice
from zoneinfo import ZoneInfo

import recurring_ical_events
from dateutil.rrule import rrulestr
from icalendar import Calendar

# The county's own, those across which counties are paired, and clocks that change at odd times or by half an hour.
ZONES = ["Asia/Shanghai", "Asia/Urumqi", "Europe/London", "America/New_York", "Australia/Lord_Howe", "Australia/Sydney",
         "Asia/Kathmandu", "America/Sao_Paulo", "Asia/Beirut", "UTC"]
# Years in which each of them changes its clocks: Shanghai 1986-1991, Sao Paulo (at midnight) until 2018.
YEARS = {"Asia/Shanghai": (1985, 1992), "America/Sao_Paulo": (2012, 2018), "Asia/Beirut": (2015, 2020)}
# Clocks change between midnight and three.
TIMES = [(0, 0), (0, 30), (1, 0), (1, 30), (2, 0), (2, 15), (2, 30), (3, 0), (8, 0), (9, 30), (14, 0), (23, 59)]
DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
INSTANTS_MAX = 80
STAMP = "%Y%m%dT%H%M%S"


def some(chance, of, most):
    return chance.sample(of, chance.randint(1, min(most, len(of))))


def rule(chance):
    """The parts of a rule but for COUNT and UNTIL, as the standard lets them be combined."""
    frequency = chance.choice(["DAILY", "WEEKLY", "WEEKLY", "MONTHLY", "MONTHLY", "YEARLY"])
    parts = {"FREQ": frequency}
    if chance.random() < 0.5:
        parts["INTERVAL"] = str(chance.randint(1, 5 if frequency != "YEARLY" else 3))
    if chance.random() < 0.3:
        parts["BYMONTH"] = ",".join(str(month) for month in some(chance, range(1, 13), 5))
    if frequency != "WEEKLY" and chance.random() < 0.35:
        days = [day for day in range(-31, 32) if day]
        parts["BYMONTHDAY"] = ",".join(str(day) for day in some(chance, days, 6))
    if chance.random() < 0.55:
        days = some(chance, DAYS, 4)
        if frequency in ("MONTHLY", "YEARLY") and chance.random() < 0.6:
            most = 5 if frequency == "MONTHLY" or "BYMONTH" in parts else 53
            days = [f"{chance.choice([-1, 1]) * chance.randint(1, most)}{day}" for day in days]
        parts["BYDAY"] = ",".join(days)
    if any(part.startswith("BY") for part in parts) and chance.random() < 0.25:
        most = {"DAILY": 1, "WEEKLY": 4, "MONTHLY": 6, "YEARLY": 20}[frequency]
        places = [place for place in range(-most, most + 1) if place]
        parts["BYSETPOS"] = ",".join(str(place) for place in some(chance, places, 3))
    if chance.random() < 0.3:
        parts["WKST"] = chance.choice(DAYS)
    return parts


def text(parts):
    return ";".join(f"{name}={value}" for name, value in parts.items())


def local(point):
    return point.strftime(STAMP)


def seconds(day, zone):
    return int(day.replace(tzinfo=ZoneInfo(zone)).timestamp())


def utc(at):
    return datetime.fromtimestamp(at, timezone.utc).strftime("%Y%m%dT%H%M%SZ")


def first_start(chance, parts, zone):
    """A start that is in its own rule, or None if the rule has no day within ten years."""
    first, last = YEARS.get(zone, (2024, 2031))
    day = date(first, 1, 1) + timedelta(days=chance.randrange(366 * (last - first)))
    hour, minute = chance.choice(TIMES)
    wish = datetime(day.year, day.month, day.day, hour, minute)
    for _ in range(8):
        found = own(parts, wish)
        if found is None or found == wish:
            return found
        wish = found
    return None


def own(parts, wish):
    begin = wish
    if parts["FREQ"] == "WEEKLY":
        # The set of a week begins with the week, and dateutil would begin it with the start.
        begin -= timedelta(days=(wish.weekday() - DAYS.index(parts.get("WKST", "MO"))) % 7)
        parts = {"BYDAY": DAYS[wish.weekday()], **parts}
    # Without a last day, what never happens is looked for until the year 9999.
    last = local(wish + timedelta(days=3653))
    return next((found for found in rrulestr(f"{text(parts)};UNTIL={last}", dtstart=begin) if found >= wish), None)


def whole_weeks(case):
    """The case with the days of a week counted from its first one, as section 3.3.10 says of BYSETPOS: the set "starts at
    the beginning of the interval". dateutil lets the first set begin with the start."""
    parts = dict(part.split("=") for part in case["rrule"].split(";"))
    if parts["FREQ"] != "WEEKLY" or "BYSETPOS" not in parts:
        return case
    start = datetime.strptime(case["dtstart"], STAMP)
    begin = start - timedelta(days=(start.weekday() - DAYS.index(parts.get("WKST", "MO"))) % 7)
    parts.setdefault("BYDAY", DAYS[start.weekday()])
    if "COUNT" in parts:
        count = int(parts.pop("COUNT"))
        counted = (found for found in rrulestr(text(parts), dtstart=begin) if found >= start)
        last = next(islice(counted, count - 1, None)).replace(tzinfo=ZoneInfo(case["zone"]))
        parts["UNTIL"] = utc(last.timestamp())
    return {**case, "dtstart": local(begin), "rrule": text(parts)}


def calendar(case):
    case = whole_weeks(case)
    zone = f";TZID={case['zone']}" if case["zone"] != "UTC" else ""
    mark = "Z" if case["zone"] == "UTC" else ""
    rrule = case["rrule"]
    if "COUNT" not in rrule and "UNTIL" not in rrule:
        # The window's own end: what comes rarely would be looked for until the year 9999.
        rrule += f";UNTIL={utc(case['until'])}"
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Shanqiao//oracle//EN", "BEGIN:VEVENT", "UID:1",
             "DTSTAMP:20260101T000000Z", f"DTSTART{zone}:{case['dtstart']}{mark}", "DURATION:PT1S", f"RRULE:{rrule}"]
    lines += [f"{name}{zone}:{at}{mark}" for name in ("RDATE", "EXDATE") for at in case[name.lower()]]
    return Calendar.from_ical("\r\n".join([*lines, "END:VEVENT", "END:VCALENDAR", ""]))


def instants(case):
    begin, end = (datetime.fromtimestamp(case[name], timezone.utc) for name in ("from", "until"))
    found = recurring_ical_events.of(calendar(case)).between(begin, end)
    # What merely reaches into the window began before it.
    at = {int(event["DTSTART"].dt.timestamp()) for event in found}
    return sorted(second for second in at if case["from"] <= second < case["until"])


def one(chance):
    while True:
        parts, zone = rule(chance), chance.choice(ZONES)
        start = first_start(chance, parts, zone)
        if start is None:
            continue
        there = ZoneInfo(zone)
        begin = int(start.replace(tzinfo=there).timestamp())
        years = chance.choice([1, 3, 8]) if parts["FREQ"] == "DAILY" else chance.choice([3, 8, 20])
        case = {"zone": zone, "dtstart": local(start), "rrule": text(parts), "rdate": [], "exdate": [],
                "from": begin, "until": begin + years * 31_556_952}
        bound(chance, case, parts)
        return case


def days(case):
    """Local starts of the rule alone in the window, which is made to hold no more than INSTANTS_MAX, by dateutil."""
    there = whole_weeks(case)
    last = datetime.fromtimestamp(case["until"], ZoneInfo(case["zone"])).replace(tzinfo=None)
    begin = datetime.strptime(there["dtstart"], STAMP)
    all_of_it = rrulestr(f"{there['rrule']};UNTIL={local(last)}", dtstart=begin)
    start = datetime.strptime(case["dtstart"], STAMP)
    found = list(islice((day for day in all_of_it if day >= start), INSTANTS_MAX + 1))
    if len(found) > INSTANTS_MAX:
        case["until"] = seconds(found.pop(), case["zone"])
    return found


def bound(chance, case, parts):
    """COUNT or UNTIL, exceptions and additions, and the instants."""
    ends, found = chance.random(), days(case)
    if ends < 0.4:
        parts["COUNT"] = str(chance.randint(1, len(found)))
    elif ends < 0.7:
        last = seconds(chance.choice(found), case["zone"]) + chance.choice([0, 0, -1, 1, 86_400])
        parts["UNTIL"] = utc(max(last, case["from"]))
    case["rrule"] = text(parts)
    if len(found) > 3 and chance.random() < 0.4:
        case["exdate"] = sorted(local(day) for day in some(chance, found[1:40], 5))
    if chance.random() < 0.25:
        added = {local(found[0] + timedelta(days=chance.randrange(1, 200), hours=chance.choice([0, 1]))) for _ in range(3)}
        case["rdate"] = sorted(added - set(case["exdate"]))
    case["instants"] = instants(case)


def main():
    count, seed = int(sys.argv[1]), int(sys.argv[2])
    chance = random.Random(seed)
    for _ in range(count):
        print(json.dumps(one(chance), separators=(",", ":")))


if __name__ == "__main__":
    main()
