// A calendar that was saved as a file: dropped on the window, looked at without a question about columns, reviewed, uploaded,
// brought again in a newer file, and told apart from what cannot be read beside it.
import assert from "node:assert/strict";
import { after, test } from "node:test";

import { desk } from "../harness/desk.mjs";
import { closeBrowser, open } from "../harness/driver.mjs";
import { drop as dropAll } from "../harness/files.mjs";
import { screens } from "../harness/screens.mjs";

after(closeBrowser);

const drop = (app, ...files) => dropAll(app, files.map(([name, text]) => ({ name, bytes: Buffer.from(text) })));

/** So many days from today, as calendars write it: what is long past or far away is not brought. */
const day = (days) => {
  const date = new Date();
  date.setDate(date.getDate() + days);
  return [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((part) => String(part).padStart(2, "0")).join("");
};
const entry = (...lines) => ["BEGIN:VEVENT", ...lines, "END:VEVENT"];
const calendar = (...entries) =>
  ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Diary//EN", "X-WR-CALNAME:Harlow weddings", ...entries.flat(), "END:VCALENDAR", ""].join("\r\n");

const tasting = (time) => entry("UID:tasting", "SUMMARY:Tasting with the Ashworths", `DTSTART;TZID=Europe/London:${day(20)}T${time}`, "DURATION:PT1H", "LOCATION:Old Barn");
const STUDIO = entry("UID:studio", "SUMMARY:Studio day", `DTSTART;TZID=Europe/London:${day(40)}T100000`, "DURATION:PT2H", "RRULE:FREQ=WEEKLY;COUNT=3");
const FIRST = calendar(
  tasting("140000"),
  STUDIO,
  entry("UID:fair", "SUMMARY:Wedding fair", `DTSTART;VALUE=DATE:${day(30)}`),
  entry("UID:old", "SUMMARY:Long ago", `DTSTART;VALUE=DATE:${day(-800)}`),
  entry("UID:broken", "SUMMARY:Without a day"),
);
const NEWER = calendar(tasting("143000"), STUDIO, entry("UID:call", "SUMMARY:Call with the florist", `DTSTART;VALUE=DATE:${day(60)}`));

/** Until so many wait for the review, which is opened then. */
async function ready(app, count) {
  await app.sees("heading", "Home");
  for (let left = 300; ; left -= 1) {
    const { connections } = await app.rpc("connection.list");
    const summary = await app.rpc("review.summary", { connection_id: connections[0].id }).catch(() => null);
    if (summary?.ready === count) break;
    assert.ok(left > 0, `the review says ${JSON.stringify(summary)}`);
    await app.page.waitForTimeout(100);
  }
  await app.press("link", /^Review/);
  await app.page.getByRole("tab", { name: /^Everything/ }).waitFor();
}

test("a calendar file is dropped, looked at, reviewed and uploaded, and a newer one goes into the same connection", async () => {
  const place = await desk({ upTo: "signed_in" });
  const app = await open(place.url);
  try {
    await app.sees("heading", "Home");
    await drop(app, ["wedding-calendar.ics", FIRST]);
    await app.sees("heading", "Here is what we found");
    await app.seesText("The calendar Harlow weddings");
    await app.seesText(/^5 appointments, from /);
    await app.seesText("Left out: 1 from more than a year ago and 1 that can't be read.");
    await app.seesText("Without a day: its day can't be read.");
    await app.seesText("5 appointments to read");
    assert.equal(await app.page.getByText(/column/).count(), 0, "nobody is asked about columns");
    assert.equal(await app.page.getByRole("checkbox").count(), 0, "and nothing has to be chosen");
    await screens(app, "add-calendar-file");

    await app.press("button", "Continue");
    await app.sees("heading", /What should we bring from/);
    await app.seesText("Dates of appointments");
    assert.equal(await app.page.getByText("People without a job").count(), 0, "a calendar has no people");
    await app.page.getByRole("checkbox", { name: /My contracts/ }).click();
    await app.press("button", "Preview first clients");
    await app.sees("heading", "Here are your next appointments");
    await app.seesText("Tasting with the Ashworths");
    await screens(app, "add-calendar-preview");
    await app.press("button", /^Import/);
    await ready(app, 5);
    await app.press("link", "Home");
    await app.seesText("5 appointments are ready to check");
    await app.press("link", /^Review/);
    await app.page.getByRole("tab", { name: /Everything\s*5/ }).waitFor();
    await app.press("button", /^Upload 5 appointments$/);
    await app.page.getByRole("alertdialog").getByRole("button", { name: /^Upload/ }).click();
    await app.seesText("5 appointments are in WedSync.");

    await app.page.evaluate(() => (window.location.hash = "#/history"));
    await app.sees("heading", "History");
    await app.seesText("5 appointments uploaded");
    assert.equal(await app.page.getByText(/clients? uploaded/).count(), 0, "no client came");
    await app.press("link", "Settings");
    await app.press("link", "Open Harlow weddings");
    await app.sees("heading", "Harlow weddings");
    await app.seesText(/^Appointments: /);
    await app.seesText("Left out: 1 from more than a year ago and 1 that can't be read.");
    await screens(app, "connection-calendar-file");

    // A newer file under another name: what changed is found, what it lacks stays.
    await drop(app, ["basic (1).ics", NEWER]);
    await app.seesText("A newer version of Harlow weddings");
    await app.press("button", "Update Harlow weddings");
    await ready(app, 2);
    await app.press("link", "Home");
    await app.seesText("2 appointments are ready to check");
    await app.press("link", "Settings");
    await app.press("link", "Open Harlow weddings");
    await app.sees("heading", "Harlow weddings");
    await app.seesText("Last reading");
    assert.equal(await app.page.getByText(/^Left out/).count(), 0, "all of the newer one is brought");
    assert.deepEqual(app.faults, [], "the page reports nothing");
  } finally {
    await app.close();
    await place.close();
  }
});

test("calendars and lists that were dropped together are told apart, with one thing to do", async () => {
  const place = await desk({ upTo: "signed_in" });
  const app = await open(place.url);
  try {
    await app.sees("heading", "Home");
    await drop(app, ["clients.csv", "Name,Email\r\nAnn Ashworth,ann@example.com\r\n"], ["diary.ics", FIRST]);
    await app.sees("heading", "Here is what we found");
    await app.seesText("A calendar is imported by itself. Leave diary.ics out here, and import it afterwards.");
    await screens(app, "add-calendar-beside");
    await app.press("button", "Take clients.csv out");
    await app.seesText("The calendar Harlow weddings");
    await drop(app, ["cut.ics", FIRST.slice(0, FIRST.length - 20)]);
    await app.seesText("Calendars are imported one after the other. Choose one of these files first, then the next.");
    await app.press("button", "Take diary.ics out");
    await app.seesText("This calendar ends in the middle. Export or download it again.");
    await app.press("button", "Take cut.ics out");
    await app.sees("button", "Choose a file");
    assert.deepEqual(app.faults, [], "the page reports nothing");
  } finally {
    await app.close();
    await place.close();
  }
});
