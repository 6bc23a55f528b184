// Reads the feed of scheduler/calendar/examples/feed.rs as a calendar program does (ical.js), and holds it against what was
// written.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import ICAL from "ical.js";

const calendar = new ICAL.Component(ICAL.parse(readFileSync(0, "utf8")));
const read = calendar.getAllSubcomponents("vevent").map((component) => {
  const event = new ICAL.Event(component);
  const { uid, sequence, summary, location } = event;
  const at = [event.startDate, event.endDate].map(String);
  return { uid, sequence, summary, location, at, status: component.getFirstPropertyValue("status") };
});
const at = ["2026-11-24T01:00:00Z", "2026-11-24T01:30:00Z"];
const summary = `${"会诊".repeat(40)}; a,b\\ \n END:VEVENT`;
assert.deepEqual(read, [
  { uid: "1@shanqiao", sequence: 1, summary, location: "会诊室二, B", at, status: "CANCELLED" },
  { uid: "2@shanqiao", sequence: 0, summary: "课", location: null, at, status: "CONFIRMED" },
]);
console.log("ical.js reads the feed as it was written");
