// A site that allows no program, in the real app: Pixieset. Off until the person has agreed to the note; signed in to in the window, read by
// the JSON of its own pages, and switched off again on the page of the connection.
import assert from "node:assert/strict";
import { test } from "node:test";

import { cloudOf } from "../harness/cloud.mjs";
import { bring, upload } from "../harness/crm-story.mjs";
import { lastSeen } from "../harness/screens.mjs";
import { isOpen, nothingLeft, siteOf } from "../harness/site.mjs";
import { drive } from "./driver.mjs";
import { until, World } from "./world.mjs";

/** What the review counts of its clients: five were put away there and stay out. */
const REVIEW = { Everything: 37, New: 32 };
/** What WedSync holds then. */
const HELD = { client: 32, invoice: 22, payment: 33, person: 32 };

test("Pixieset is switched on after its note, signed in to, imported, switched off on its page and on again", { timeout: 240_000 }, async (context) => {
  const world = await World.start();
  context.after(() => world.end());
  const app = await world.app();
  const person = await drive(app, world);
  const { pixieset } = world.servers;
  const site = siteOf(pixieset);
  const cloud = cloudOf(world.servers);
  try {
    await person.resize({ width: 1280, height: 800 });
    await person.press("button", "Sign in with your browser");
    await person.sees("heading", "Home");
    await person.press("link", "Add a CRM or file");
    await person.press("radio", /^Pixieset/);
    await person.press("button", "Sign in in a window");
    await person.sees("heading", "Read Pixieset with your own sign-in?");
    await person.screens("app-switch-note");
    await person.press("checkbox", /^I have read this/);
    await person.press("button", "Switch it on");
    await person.sees("heading", "Sign in to Pixieset");
    await person.fill(/^Where you sign in/, `${pixieset.address}/login`);
    await person.press("checkbox", /^This is my own account/);
    await person.press("button", "Open Pixieset");
    await person.sees("heading", /^What should we bring from Pixieset/, 60_000);
    assert.equal(await isOpen(site), false, "the window is closed");
    await bring(person, "Pixieset");
    await person.press("button", /^Import to/);
    await person.sees("heading", "Needs you", 30_000);
    await nothingLeft(world, site);
    await person.screens("app-switch-imported");
    await upload(person, { cloud, expected: REVIEW });
    assert.deepEqual((await cloud.held()).counts, HELD, "with their invoices, drafts left out, and payments");

    await person.press("link", "Home");
    await person.press("link", "Pixieset", ["main"]);
    await person.sees("heading", "How it connects");
    await person.seesText(/^On since .*, though Pixieset has published no way/);
    await person.seesText("Reading a site with your own sign-in");
    await person.screens("app-switch-on");
    await person.press("button", "Switch off");
    await person.sees("alertdialog", "Stop reading Pixieset with your sign-in?");
    await person.screens("app-switch-ask");
    const before = (await site.visits()).length;
    await person.press("button", "Switch off", ["alertdialog", /^Stop reading/]);
    await person.gone("alertdialog");
    await person.seesText("Reading with your sign-in is switched off");
    await person.screens("app-switch-off");
    await person.press("link", "Home");
    await person.sees("heading", "Your CRMs");
    await person.screens("app-switch-off-home");
    assert.equal((await site.visits()).length, before, "nobody came there any more");
    await nothingLeft(world, site);

    // On again: by the note, and in the window; the connection is the same.
    const [{ id }] = (await app.rpc("app.state")).connections;
    await person.press("link", "Pixieset", ["main"]);
    await person.press("link", "Switch it on again");
    await person.sees("heading", "Read Pixieset with your own sign-in?");
    await person.press("checkbox", /^I have read this/);
    await person.press("button", "Switch it on");
    await person.press("checkbox", /^This is my own account/);
    await person.press("button", "Open Pixieset");
    await person.sees("heading", "Home", 60_000);
    await until("it is connected again", async () => {
      const { connections } = await app.rpc("app.state");
      return connections.length === 1 && connections[0].id === id && connections[0].status === "connected";
    });
    await nothingLeft(world, site);
  } catch (error) {
    throw await lastSeen(person, error);
  }
});
