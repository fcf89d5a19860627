// What a person does about bad cells of a file: fixes one for all of its kind, takes that back, keeps it for the next file;
// fixes rows in a spreadsheet and drops them back; says who somebody is whom a list has twice.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, test } from "node:test";

import { desk } from "../harness/desk.mjs";
import { closeBrowser, open } from "../harness/driver.mjs";
import { drop, tabs, until } from "../harness/files.mjs";
import { screens } from "../harness/screens.mjs";

after(closeBrowser);

const text = (name, lines) => ({ name, bytes: Buffer.from(lines.join("\r\n")) });

/** From the look at the files to the review of them. */
async function bringIn(app, { first = true } = {}) {
  await app.sees("heading", "Here is what we found");
  if (first) {
    await app.press("button", "Continue");
    await app.sees("heading", /What should we bring from/);
    await app.page.getByRole("checkbox", { name: /My contracts/ }).click();
    await app.press("button", "Preview first clients");
    await app.sees("heading", "Here are your first clients");
    await app.press("button", /^Import/);
  } else {
    await app.press("button", /^Update/);
  }
  await app.sees("heading", "Home");
  await app.page.getByRole("link", { name: /^Review/ }).waitFor();
  await app.press("link", /^Review/);
  await app.sees("grid", "Clients to review");
}

const HEAD = "First name,Last name,Email,Wedding date,Venue";
const couple = (at, email) => `Ada${at},Fenwick${at},${email},2027-05-${String(at + 10)},Mill ${at}`;
const BAD = "nobody knows";

test("one fix holds for every cell of its kind, is taken back, and reads the next file", async () => {
  const place = await desk({ upTo: "signed_in" });
  const app = await open(place.url);
  try {
    await app.sees("heading", "Home");
    const rows = Array.from({ length: 9 }, (_, at) => couple(at, at < 5 ? BAD : `ada${at}@example.org`));
    await drop(app, [text("Couples.csv", [HEAD, ...rows])]);
    await bringIn(app);
    await until(app, (now) => now.Everything === 9 && now.Problems === 5);

    await app.press("tab", /^Problems/);
    const problem = () => app.page.getByRole("row", { name: /, Problem, / }).first().getByRole("gridcell").nth(1).click();
    await problem();
    const everywhere = app.page.getByRole("checkbox", { name: /Also for 4 other clients with .nobody knows., and in the next file/ });
    await everywhere.waitFor();
    await screens(app, "review-fix-everywhere");
    // Being looked at in all sizes closes what was open.
    if ((await everywhere.count()) === 0) await problem();
    await everywhere.click();
    await app.page.getByLabel("Email", { exact: true }).fill("office@example.org");
    await app.press("button", "Save");
    await until(app, (now) => now.Everything === 9 && (now.Problems ?? 0) === 0);
    await app.seesText(/4 other clients are fixed too/);

    // Taken back, all five ask again; and once more.
    await app.key("Control+z");
    await until(app, (now) => now.Problems === 5);
    await app.key("Control+Shift+z");
    await until(app, (now) => now.Everything === 9 && (now.Problems ?? 0) === 0);

    // The next file has a row more with the same words: nobody asks.
    await drop(app, [text("Couples.csv", [HEAD, ...rows, couple(9, "Nobody Knows "), couple(10, "somebody else")])]);
    await bringIn(app, { first: false });
    await until(app, (now) => now.Everything === 11 && now.Problems === 1);
    assert.deepEqual(app.faults, [], "the page reports nothing");
  } finally {
    await app.close();
    await place.close();
  }
});

test("rows that need a person are fixed in a spreadsheet and dropped back", async () => {
  const place = await desk({ upTo: "signed_in" });
  const app = await open(place.url);
  try {
    await app.sees("heading", "Home");
    const rows = Array.from({ length: 6 }, (_, at) => couple(at, at < 3 ? `ada${at} at example` : `ada${at}@example.org`));
    await drop(app, [text("Couples.csv", [HEAD, ...rows])]);
    await bringIn(app);
    await until(app, (now) => now.Everything === 6 && now.Problems === 3);
    await app.press("tab", /^Problems/);
    const saving = app.page.waitForEvent("download");
    await app.press("button", "Export to fix in a spreadsheet");
    const saved = await saving;
    await app.seesText("3 rows are in your downloads. Fix them, save the files, then drop them here.".replace("files, then drop them", "file, then drop it"));
    assert.match(saved.suggestedFilename(), /^To fix - .*\.csv$/);
    const sheet = await readFile(await saved.path(), "utf8");
    assert.equal(sheet.trimEnd().split("\r\n").length, 4, `a head and three rows: ${sheet}`);
    const fixed = sheet.replaceAll(/ada(\d) at example/g, "ada$1@example.com");
    await drop(app, [text(saved.suggestedFilename(), [fixed])]);
    await bringIn(app, { first: false });
    const now = await until(app, (tabs) => tabs.Everything === 6);
    assert.equal(now.Problems, undefined, "the same six, and nothing left to fix");
    assert.deepEqual(app.faults, [], "the page reports nothing");
  } finally {
    await app.close();
    await place.close();
  }
});

const LIST = [
  "First Name,Last Name,Phone,Email,Company Name,Business Number,Street Address,Suburb/Town,Postcode/Zip,State,Country,Total number of open Leads,Total number of active Jobs,Consent from Contact Form",
  "Ann,Lee,,ann@example.org,,,,,,,,0,1,No",
  "Bo,Hay,07700 900318,bo.one@example.org,,,,,,,,0,1,No",
  "Bo,Hay,07700 900319,bo.two@example.org,,,,,,,,0,0,No",
];
const JOBS = [
  "Job Name,Type,Lead Source,Main Shoot,Location,Client Name,Email,Phone,Note 1",
  "Ann & Bo's Wedding,Wedding,,24 Jun 2027 4:30 PM - 24 Jun 2027 11:00 PM,The Mill,Ann Lee & Bo Hay,ann@example.org,,",
];

test("whoever stands in the list twice is asked about, never guessed, and not asked again", async () => {
  const place = await desk({ upTo: "signed_in" });
  const app = await open(place.url);
  try {
    await app.sees("heading", "Home");
    const files = [text("Client List.csv", LIST), text("active-jobs.csv", JOBS)];
    await drop(app, files);
    await bringIn(app);
    // The couple waits, and so does each of the two: nobody becomes a client unasked.
    await until(app, (now) => now.Everything === 3 && now.Problems === 3);
    await app.press("tab", /^Problems/);
    await app.page.getByRole("row", { name: /Ann Lee/ }).first().getByRole("gridcell").nth(1).click();
    await app.seesText(/names Bo Hay without an address/);
    await screens(app, "review-who");
    // A long reason makes no row wider than its heads.
    const left = async (role, index) => Math.round((await app.page.getByRole("row").filter({ has: app.page.getByRole(role) }).first().getByRole(role).nth(index).boundingBox()).x);
    for (const column of [1, 2, 3, 4, 5]) assert.equal(await left("gridcell", column), await left("columnheader", column), `column ${column}`);
    if ((await app.page.getByRole("button", { name: /bo\.two@example\.org/ }).count()) === 0) await app.page.getByRole("row", { name: /Ann Lee/ }).first().getByRole("gridcell").nth(1).click();
    await app.press("button", /bo\.two@example\.org/);
    await until(app, (now) => now.Everything === 2 && (now.Problems ?? 0) === 0);

    // Taken back, it is asked again.
    await app.key("Control+z");
    await until(app, (now) => now.Everything === 3 && now.Problems === 3);
    await app.key("Control+Shift+z");
    await until(app, (now) => now.Everything === 2 && (now.Problems ?? 0) === 0);

    await drop(app, files);
    await bringIn(app, { first: false });
    await until(app, (now) => now.Everything === 2 && (now.Problems ?? 0) === 0);
    assert.equal((await tabs(app)).New, 2, "the couple, and the other of the name");
    assert.deepEqual(app.faults, [], "the page reports nothing");
  } finally {
    await app.close();
    await place.close();
  }
});
