// The second oracle: rrule finds the days, Temporal turns them into instants. Reads the cases of cases.py and writes those
// on which both oracles agree; the others it tells on stderr, and fails.
//   node oracle.js < cases.jsonl > agreed.jsonl
import { createInterface } from "node:readline";
import { Temporal } from "@js-temporal/polyfill";
import rrule from "rrule";

const { RRule } = rrule;
const DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

const civil = (text) => Temporal.PlainDateTime.from(text);
// rrule counts in the fields of UTC; they stand for the local ones here.
const faux = (local) => new Date(`${local.toString({ smallestUnit: "second" })}Z`);
const seconds = (local, zone) =>
  local.toZonedDateTime(zone, { disambiguation: "compatible" }).epochMilliseconds / 1000;

// The first day of the interval that a day is in, and how the day itself stands in a rule that names none.
const INTERVALS = {
  YEARLY: { first: (day) => day.with({ month: 1, day: 1 }), implied: (day) => ["BYMONTHDAY", day.day] },
  MONTHLY: { first: (day) => day.with({ day: 1 }), implied: (day) => ["BYMONTHDAY", day.day] },
  WEEKLY: {
    first: (day, weekStart) => day.subtract({ days: (day.dayOfWeek - 1 - DAYS.indexOf(weekStart) + 7) % 7 }),
    implied: (day) => ["BYDAY", DAYS[day.dayOfWeek - 1]],
  },
  DAILY: { first: (day) => day, implied: () => ["INTERVAL", 1] },
};

// The days of a rule from `start` until `last`. What BYSETPOS takes out of a set is taken here: rrule lets the first set
// begin with the start (section 3.3.10: "at the beginning of the interval"), and a position before the first be the first.
function days(parts, start, last) {
  const { first, implied } = INTERVALS[parts.get("FREQ")];
  const places = parts.get("BYSETPOS")?.split(",").map(Number);
  const weekStart = parts.get("WKST") ?? "MO";
  parts.delete("BYSETPOS");
  const intervalOf = (day) => first(day, weekStart).toPlainDate().toString();
  if (places && !parts.has("BYDAY") && !parts.has("BYMONTHDAY")) {
    const [name, value] = implied(start);
    if (!parts.has(name)) parts.set(name, value);
  }
  const options = RRule.parseString([...parts].map((part) => part.join("=")).join(";"));
  // Without a last day, what comes rarely would be looked for until the year 9999.
  const all = new RRule({ ...options, dtstart: faux(places ? first(start, weekStart) : start), until: last }).all();
  const found = all.map((day) => civil(day.toISOString().replace("Z", "")));
  if (!places) return found;
  const sets = grouped(found, intervalOf);
  const chosen = [...sets.values()].flatMap((set) => set.filter((_, at) => places.includes(at + 1) || places.includes(at - set.length)));
  return chosen.filter((day) => Temporal.PlainDateTime.compare(day, start) >= 0);
}

function grouped(list, keyOf) {
  const sets = new Map();
  for (const one of list) sets.set(keyOf(one), [...(sets.get(keyOf(one)) ?? []), one]);
  return sets;
}

function rule(wanted) {
  const parts = new Map(wanted.rrule.split(";").map((part) => part.split("=")));
  const until = parts.get("UNTIL")?.replace(/(....)(..)(..)T(..)(..)(..)Z/, "$1-$2-$3T$4:$5:$6Z");
  const stop = until ? Date.parse(until) : Infinity;
  const count = Number(parts.get("COUNT") ?? Infinity);
  for (const name of ["UNTIL", "COUNT"]) parts.delete(name);
  const end = Temporal.Instant.fromEpochMilliseconds(Math.min(stop, wanted.until * 1000)).toZonedDateTimeISO(wanted.zone);
  // Whole intervals for BYSETPOS: what lies after the end goes below.
  const last = faux(end.toPlainDateTime().add({ years: parts.has("BYSETPOS") ? 1 : 0, days: 1 }));
  const found = days(parts, civil(wanted.dtstart), last).slice(0, count);
  return found.map((day) => seconds(day, wanted.zone)).filter((at) => at * 1000 <= stop);
}

function instants(wanted) {
  const list = (name) => wanted[name].map((text) => seconds(civil(text), wanted.zone));
  const without = new Set(list("exdate"));
  const all = new Set([...rule(wanted), ...list("rdate")].filter((at) => !without.has(at)));
  return [...all].filter((at) => at >= wanted.from && at < wanted.until).sort((one, other) => one - other);
}

let agreed = 0;
let differing = 0;
for await (const line of createInterface({ input: process.stdin })) {
  const wanted = JSON.parse(line);
  const found = instants(wanted);
  if (JSON.stringify(found) === JSON.stringify(wanted.instants)) {
    agreed += 1;
    console.log(line);
  } else {
    differing += 1;
    const other = (these, those) => these.filter((at) => !those.includes(at)).map((at) => new Date(at * 1000).toISOString());
    console.error(JSON.stringify({ ...wanted, instants: undefined }));
    console.error("  only recurring-ical-events:", other(wanted.instants, found).slice(0, 5));
    console.error("  only rrule:", other(found, wanted.instants).slice(0, 5));
  }
}
console.error(`${agreed} rules on which both oracles agree, ${differing} on which they do not`);
if (differing > 0) process.exitCode = 1;
