// Bringing a file: dropped on the window or chosen, looked at, asked about, imported by the same way as a CRM; and the
// sample, which comes by that way without anybody signing in.
import assert from "node:assert/strict";
import { after, test } from "node:test";

import { desk } from "../harness/desk.mjs";
import { closeBrowser, open } from "../harness/driver.mjs";
import { drop as dropAll } from "../harness/files.mjs";
import { screens } from "../harness/screens.mjs";

after(closeBrowser);

const drop = (app, name, text) => dropAll(app, [{ name, bytes: Buffer.from(text) }]);

const HEAD = "First name;Last name;Email;Phone;Wedding date;Venue";
const line = (at, date) => `Ada${at};Fenwick-Featherstonehaugh${at};ada${at}@example.org;07700 90${String(at).padStart(4, "0")};${date};A venue with a name so long that no column of any table was ever made for it ${at}`;
const BOOK = [HEAD, ...Array.from({ length: 12 }, (_, at) => line(at, `0${1 + (at % 9)}/0${1 + ((at + 3) % 9)}/2027`))].join("\r\n");

test("a spreadsheet is dropped on the window, asked about, and comes in", async () => {
  const place = await desk({ upTo: "signed_in" });
  const app = await open(place.url);
  try {
    await app.sees("heading", "Home");
    await screens(app, "home-empty");
    await drop(app, "Couples 2027.csv", BOOK);
    await app.sees("heading", "Here is what we found");
    await app.seesText("We don't know this layout. You'll match its columns after this step.");
    await app.seesText("12 rows to read");
    await app.page.getByText(/columns?, header row/).first().click();
    await screens(app, "add-files");

    // The header row is a choice: without one, its line is a client like the others. And back again.
    await app.fill("Row of the column names", "0");
    await app.key("Enter");
    await app.seesText("13 rows to read");
    await app.fill("Row of the column names", "1");
    await app.key("Enter");
    await app.seesText("12 rows to read");

    // What the file cannot tell is asked: days come first in it.
    await app.page.getByRole("radio", { name: /Day first/ }).click();
    await app.press("button", "Continue");
    await app.sees("heading", /What should we bring from/);
    await app.page.getByRole("checkbox", { name: /My contracts/ }).click();
    await app.press("button", "Preview first clients");
    await app.sees("heading", "Here are your first clients");
    await app.press("button", /^Import/);
    await app.sees("heading", "Home");
    await app.press("link", /^Review/);
    await app.sees("grid", "Clients to review");
    await app.page.getByRole("tab", { name: /Everything\s*12/ }).waitFor();
    await screens(app, "review-of-file");
    assert.deepEqual(app.faults, [], "the page reports nothing");

    // The same file once more is a newer version of it, and brings nobody twice.
    await drop(app, "Couples 2027.csv", BOOK);
    await app.seesText(/A newer version of/);
    await app.press("button", /^Update/);
    await app.sees("heading", "Home");
    await app.press("link", /^Review/);
    await app.page.getByRole("tab", { name: /Everything\s*12/ }).waitFor();
  } finally {
    await app.close();
    await place.close();
  }
});

test("a file that is none is refused in its place, and can be taken out", async () => {
  const place = await desk({ upTo: "signed_in" });
  const app = await open(place.url);
  try {
    await app.sees("heading", "Home");
    await app.page.evaluate(() => (window.location.hash = "#/add?step=files"));
    await app.sees("heading", "Bring a file");
    await screens(app, "add-files-empty");
    await drop(app, "Holiday.xlsx", "\u0000\u0001 this is no workbook");
    await app.sees("alert");
    await screens(app, "add-files-refused");
    await app.press("button", "Take Holiday.xlsx out");
    await app.sees("button", "Choose a file");
  } finally {
    await app.close();
    await place.close();
  }
});

test("the sample comes in without a sign-in, is never uploaded, and goes with one click", async () => {
  const place = await desk({ kind: "sample" });
  const app = await open(place.url);
  try {
    await app.sees("heading", "Home");
    await screens(app, "sample-begin");
    await app.press("button", "Try with sample data");
    await app.page.getByRole("link", { name: /^Review/ }).waitFor();
    await app.press("link", /^Review/);
    await app.sees("grid", "Clients to review");
    await app.page.getByRole("tab", { name: /^Everything\s*\d+/ }).waitFor();
    await app.seesText("Sample data");
    await screens(app, "sample-review");
    const upload = app.page.getByRole("button", { name: /^Upload \d+/ });
    assert.equal(await upload.getAttribute("aria-disabled"), "true");
    await upload.hover();
    await app.seesText("Sample data is never uploaded");
    await app.press("button", "Remove sample data");
    await app.sees("button", "Try with sample data");
    assert.deepEqual(app.faults, [], "the page reports nothing");
  } finally {
    await app.close();
    await place.close();
  }
});
