// The matching through the real screen: by drag, by two clicks and by keyboard, each checked in what `mapping.get` says
// afterwards and in the row of the real client.
import assert from "node:assert/strict";
import { after, test } from "node:test";

import { desk } from "../harness/desk.mjs";
import { closeBrowser, open } from "../harness/driver.mjs";
import { screens } from "../harness/screens.mjs";

after(closeBrowser);

function story(name, tell) {
  test(name, async () => {
    const place = await desk({ upTo: "connected" });
    try {
      const app = await open(place.url);
      try {
        await app.sees("heading", "Home");
        await app.page.evaluate(() => (window.location.hash = "#/match"));
        await app.sees("heading", "Match fields");
        await tell(app, app.page);
        assert.deepEqual(app.faults, [], "the page reports nothing");
      } finally {
        await app.close();
      }
    } finally {
      await place.close();
    }
  });
}

/** Asks the program itself, through the page's own session. */
const ask = (page, cmd, payload) =>
  page.evaluate(async ([command, body]) => {
    const reply = await fetch("/rpc", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ cmd: command, payload: body }) });
    return (await reply.json()).ok;
  }, [cmd, payload]);

async function ruleOf(page, field) {
  const state = await ask(page, "app.state", {});
  const mapping = await ask(page, "mapping.get", { connection_id: state.connections[0].id });
  return mapping.rules.find((rule) => rule.record_type === "person" && rule.wedsync_field === field);
}

/** Waits until the stored rule says so. */
async function stored(page, field, holds) {
  for (let turn = 0; turn < 100; turn += 1) {
    const rule = await ruleOf(page, field);
    if (holds(rule)) return;
    await page.waitForTimeout(50);
  }
  assert.fail(`the rule of ${field} is ${JSON.stringify(await ruleOf(page, field))}`);
}

const source = (page, name) => page.locator('[data-side="left"]').filter({ hasText: name }).first();
const target = (page, name) => page.locator('[data-side="right"]').filter({ hasText: name }).first();
const cell = (page, label) => page.locator(`[data-cell="${label}"] dd`);
const read = async (app) => {
  await app.press("button", "Read the first clients");
  await cell(app.page, "First name").waitFor();
};

story("two clicks match a field, and undo takes it back", async (app, page) => {
  await app.sees("button", "Read the first clients");
  await screens(app, "match-unread");
  await read(app);
  await screens(app, "match");
  await source(page, "Kind").click();
  await target(page, "Job title").click();
  await stored(page, "job_title", (rule) => rule.sources[0] === "primary_contact.kind" && rule.confirmed);
  await page.waitForFunction(() => document.querySelector('[data-cell="Job title"] dd')?.textContent === "person");
  await app.sees("heading", /Job title/);
  await screens(app, "match-inspector");
  await source(page, "Kind").click();
  await app.press("button", "Undo");
  await stored(page, "job_title", (rule) => rule.sources[0] === "primary_contact.job_title" && !rule.confirmed);
  await cell(page, "Job title").waitFor({ state: "detached" });
});

story("the keyboard picks up, chooses, drops, puts back, accepts and removes", async (app, page) => {
  await read(app);
  await source(page, "Kind").focus();
  await app.key("Space");
  await app.key("Escape");
  assert.equal((await ruleOf(page, "job_title")).sources[0], "primary_contact.job_title", "put back changes nothing");
  await app.key("Space");
  await app.key("ArrowRight");
  const wanted = Number(await target(page, "Job title").getAttribute("data-row"));
  const at = Number(await page.evaluate(() => document.activeElement.getAttribute("data-row")));
  for (let row = at; row !== wanted; row += Math.sign(wanted - at)) await app.key(wanted > at ? "ArrowDown" : "ArrowUp");
  await app.key("Enter");
  await stored(page, "job_title", (rule) => rule.sources[0] === "primary_contact.kind" && rule.confirmed);
  await page.waitForFunction(() => document.querySelector('[data-cell="Job title"] dd')?.textContent === "person");
  await app.key("Backspace");
  await stored(page, "job_title", (rule) => rule === undefined);
  await source(page, "Last name").click();
  await app.key("a");
  await stored(page, "last_name", (rule) => rule.confirmed);
  await app.key("Control+Shift+A");
  await stored(page, "maiden_name", (rule) => rule.confirmed);
});

story("a drag matches a field, a change shows before and after, and a required field is asked for", async (app, page) => {
  await read(app);
  const from = await source(page, "Maiden name").boundingBox();
  const to = await target(page, "Last name").boundingBox();
  await page.mouse.move(from.x + 40, from.y + 20);
  await page.mouse.down();
  await page.mouse.move(from.x + 80, from.y + 20, { steps: 4 });
  await page.mouse.move(to.x + 40, to.y + 20, { steps: 8 });
  await app.seesText("Drop here");
  await page.mouse.up();
  await stored(page, "last_name", (rule) => rule.sources[0] === "primary_contact.maiden_name");
  await page.waitForFunction(() => document.querySelector('[data-cell="Last name"] dd')?.textContent === "Williams");
  await app.press("button", "Add a change");
  await app.press("menuitem", "Change letters");
  await page.getByRole("combobox", { name: "Letters" }).click();
  await app.press("option", "Capitals");
  await page.waitForFunction(() => document.querySelector('[data-cell="Last name"] dd')?.textContent === "WILLIAMS");
  await page.getByRole("combobox", { name: "Direction" }).click();
  await app.press("option", "Two-way");
  await app.seesText("The letters as typed can't be brought back.");
  await stored(page, "last_name", (rule) => rule.direction === "import_only" && rule.transforms[0].to === "upper");
  await target(page, "First name").click();
  await app.press("button", "Remove match");
  await app.seesText("1 required field needs you");
  await app.seesText("Match First name first");
  await target(page, "First name").click();
  await app.fill("One value for every client", "Unknown");
  await app.press("button", "Use this value");
  await stored(page, "first_name", (rule) => rule?.default === "Unknown");
  await page.waitForFunction(() => document.querySelector('[data-cell="First name"] dd')?.textContent === "Unknown");
});

const fields = async (page) => {
  const state = await ask(page, "app.state", {});
  return (await ask(page, "fields.list", { connection_id: state.connections[0].id })).fields;
};

/** Waits until the choices say so. */
async function chose(page, holds) {
  for (let turn = 0; turn < 100; turn += 1) {
    if (holds(await fields(page))) return;
    await page.waitForTimeout(50);
  }
  assert.fail(`the choices are ${JSON.stringify((await fields(page)).map(({ label, chosen }) => ({ label, chosen })))}`);
}

story("the supplier's own fields go where one says, by mouse and by keyboard, and nowhere before", async (app, page) => {
  await read(app);
  const found = await fields(page);
  assert.ok(found.length >= 3, `the book has fields of its own: ${found.length}`);
  assert.ok(found.every((field) => field.chosen === null), "nothing is chosen by itself");
  await app.press("tab", /^Your own fields/);
  await app.seesText(`${found.length} not decided`);
  await screens(app, "match-own");
  const [first, second, third] = found;
  const where = (field) => page.getByRole("combobox", { name: `Where ${field.label} goes`, exact: true });

  // By mouse: a new field, by the supplier's own name.
  await where(first).click();
  await app.press("option", "A new field in WedSync");
  await chose(page, (now) => now.find((field) => field.external_id === first.external_id).chosen?.choice === "new");
  // By keyboard: the letter takes the suggestion; the menu is opened and chosen from without a mouse.
  await where(second).focus();
  await app.key("a");
  await chose(page, (now) => now.find((field) => field.external_id === second.external_id).chosen !== null);
  await app.key("j");
  await app.key("Enter");
  await app.key("Home");
  await app.key("Enter");
  const next = found[found.findIndex((field) => field.external_id === second.external_id) + 1] ?? third;
  await chose(page, (now) => now.find((field) => field.external_id === next.external_id).chosen?.choice === "keep");
  await screens(app, "match-own-chosen");

  // Undo takes the choices back, one by one; what a new field is called stands beside WedSync's other fields.
  await app.press("button", "Undo");
  await app.press("button", "Undo");
  await app.press("button", "Undo");
  await chose(page, (now) => now.every((field) => field.chosen === null || field.chosen.choice === "keep"));
  await app.key("Control+Shift+A");
  await chose(page, (now) => now.every((field) => field.chosen !== null));
  const kinds = { person: "People", project: "Weddings" };
  const made = (await fields(page)).find((field) => field.chosen.choice === "new" && kinds[field.record_type] !== undefined);
  if (made !== undefined) {
    await app.press("tab", kinds[made.record_type]);
    await page.locator('[data-side="right"]').filter({ hasText: made.label }).first().waitFor();
  }
});
