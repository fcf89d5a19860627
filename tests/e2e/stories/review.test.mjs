// The review, as a person does it: fix, decide, take back, leave out, find, decide about a duplicate. Each story on a desk of its own.
import assert from "node:assert/strict";
import { after, test } from "node:test";

import { desk } from "../harness/desk.mjs";
import { closeBrowser, open } from "../harness/driver.mjs";
import { screens } from "../harness/screens.mjs";

after(closeBrowser);

/** The names of the tabs with their counts: `{ Everything: 214, … }`. */
async function tabs(app) {
  const texts = await app.page.getByRole("tab").allInnerTexts();
  return Object.fromEntries(texts.map((text) => {
    const [, name, count] = /^(.*?)\s*([\d,]+)$/s.exec(text.trim());
    return [name.trim(), Number(count.replaceAll(",", ""))];
  }));
}

/** Waits until the tabs say so. */
async function until(app, wanted) {
  for (let left = 200; ; left -= 1) {
    const now = await tabs(app);
    if (wanted(now)) return now;
    if (left === 0) throw new Error(`the tabs say ${JSON.stringify(now)}`);
    await app.page.waitForTimeout(50);
  }
}

test("the review, from the first problem to a duplicate decided", async () => {
  const place = await desk({ clients: 214, upTo: "imported" });
  const app = await open(place.url);
  try {
    await app.sees("heading", "Home");
    await app.press("link", /^Review/);
    await app.sees("grid", "Clients to review");
    const first = await tabs(app);
    assert.equal(first.Everything, 214, "every client of the book stands here");
    const grid = app.page.getByRole("grid", { name: "Clients to review" });
    assert.ok(Number(await grid.getAttribute("aria-rowcount")) > 214, "real row counts, with head and headings");
    await app.seesText("Needs a decision");
    await screens(app, "review-everything");

    // A problem in the panel: 0 leaves it blank, Ctrl Enter keeps and goes on; Ctrl Z takes it back.
    await grid.getByRole("row", { name: /problem/i }).first().getByRole("gridcell").nth(2).click();
    await app.sees("button", "Keep and next");
    await screens(app, "review-panel");
    await app.key("0");
    await app.seesText("Your choice");
    await app.key("Control+Enter");
    await until(app, (now) => now.Problems === first.Problems - 1);
    await app.key("Control+z");
    await until(app, (now) => now.Problems === first.Problems);
    await app.key("Control+Shift+z");
    await until(app, (now) => now.Problems === first.Problems - 1);
    await app.key("Escape");

    // The tab of problems: a row opens its fix below; what is typed is read, and refused where it can't be.
    await app.press("tab", /^Problems/);
    await app.sees("columnheader", "What's wrong");
    await app.page.getByRole("row", { name: /, Problem, .*(isn't a number|no number in it|too short)/i }).first().getByRole("gridcell").nth(1).click();
    await app.sees("button", "Save");
    await screens(app, "review-problems");
    await app.page.getByLabel("Phone", { exact: true }).fill("nobody knows");
    await app.press("button", "Save");
    await app.page.getByRole("alert").filter({ hasText: "nobody knows" }).first().waitFor();
    await app.page.getByLabel("Phone", { exact: true }).fill("07700 900123");
    await app.press("button", "Save");
    await until(app, (now) => now.Problems === first.Problems - 2);
    await app.key("Escape");

    // Ticks: a range, and one decision for all of it.
    const ticks = app.page.locator('[data-cell$=":0"]');
    await ticks.nth(0).click();
    await ticks.nth(2).click({ modifiers: ["Shift"] });
    await app.seesText("3 selected");
    await screens(app, "review-bulk");
    await app.press("button", "Bring in without it");
    const before = await until(app, (now) => now.Problems === first.Problems - 5);

    // Finding: a name leaves few rows; Escape brings the rest back.
    await app.press("tab", /^Everything/);
    await app.press("button", "Find a client");
    const name = (await app.page.getByRole("row").nth(3).getAttribute("aria-label")).split(/ and |,/)[0];
    await app.page.getByRole("searchbox").fill(name);
    await app.page.getByText(/^\d+ clients?$/).first().waitFor();
    await app.key("Escape");

    // A duplicate: points that sum to the score, then the same couple.
    await app.press("link", /^Duplicates/);
    await app.sees("button", /The same couple/);
    await app.seesText(/Points add up to \d+ out of 100/);
    await screens(app, "duplicates-decision");
    await app.press("button", /The same couple/);
    await app.press("link", /^Review/);
    await until(app, (now) => now.Duplicates === before.Duplicates - 1 || now.Duplicates === undefined);

    assert.deepEqual(app.faults, [], "the page reports nothing");
  } finally {
    await app.close();
    await place.close();
  }
});

test("an upload asks about draft forms, makes none by itself, and one for each client where one is picked", async () => {
  const place = await desk({ clients: 12, upTo: "imported" });
  const app = await open(place.url);
  try {
    await app.sees("heading", "Home");
    await app.press("link", /^Review/);
    await app.press("button", /^Upload \d+ clients?$/);
    await app.sees("alertdialog");
    await app.seesText("A form of yours can be started as a draft. It's sent to nobody.");
    await screens(app, "review-upload-question");
    await app.page.getByRole("combobox", { name: "Start a form for them" }).click();
    await app.page.getByRole("option").nth(1).click();
    await app.seesText(/One draft for each .*It's sent to nobody until you send it/);
    await app.page.getByRole("alertdialog").getByRole("button", { name: /^Upload/ }).click();
    await app.seesText(/clients? (is|are) in WedSync/);
    const jobs = await app.page.evaluate(async () => {
      const reply = await fetch("/rpc", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ cmd: "job.list", payload: {} }) });
      return (await reply.json()).ok.jobs;
    });
    const upload = jobs.find((job) => job.kind === "upload");
    assert.ok(upload.counts.records.form.created > 0, `drafts were made: ${JSON.stringify(upload.counts)}`);
    assert.deepEqual(app.faults, [], "the page reports nothing");
  } finally {
    await app.close();
    await place.close();
  }
});

test("the palette finds a client by name, email and day, in the review and in WedSync, and opens it", async () => {
  const place = await desk({ clients: 40, upTo: "imported" });
  const app = await open(place.url);
  try {
    await app.sees("heading", "Home");
    const row = await app.page.evaluate(async () => {
      const ask = async (cmd, payload) => (await (await fetch("/rpc", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ cmd, payload }) })).json()).ok;
      const [connection] = (await ask("app.state", {})).connections;
      const { rows } = await ask("review.list", { connection_id: connection.id, limit: 40 });
      return rows.find((each) => each.summary.names.length === 2 && each.summary.email !== null && each.summary.wedding_date !== null);
    });
    const { names, email, wedding_date: day } = row.summary;
    const find = async (text) => {
      await app.key("Control+k");
      await app.page.getByRole("combobox", { name: "Find or act" }).fill(text);
      await app.page.getByRole("option", { name: names[0] }).first().waitFor();
    };
    await find(email.slice(0, 12));
    await app.key("Escape");
    const [year, month, date] = day.split("-");
    await find(`${date}/${month}/${year}`);
    await app.key("Escape");
    await find(names[0]);
    await screens(app, "palette-clients");
    await app.page.getByRole("option", { name: names[0] }).first().click();
    await app.sees("grid", "Clients to review");
    await app.page.getByRole("complementary", { name: new RegExp(names[0].replace(/[^\w ]/g, ".")) }).waitFor();

    // One that WedSync held before the import, and no review shows.
    await app.key("Control+k");
    await app.page.getByRole("combobox", { name: "Find or act" }).fill("zz nobody is called so");
    await app.seesText("Nothing fits. Try fewer words.");
    assert.deepEqual(app.faults, [], "the page reports nothing");
  } finally {
    await app.close();
    await place.close();
  }
});
