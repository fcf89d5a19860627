// A site whose pages a script draws, in the real app: a definition that somebody was given as a file, a sign-in in the window, and the
// pages themselves drawn in windows that nobody sees. Afterwards nothing of the site lies on this computer but sealed.
import assert from "node:assert/strict";
import { test } from "node:test";

import { cloudOf } from "../harness/cloud.mjs";
import { bring, bringIn } from "../harness/crm-story.mjs";
import { DRAWN } from "../harness/definitions.mjs";
import { lastSeen } from "../harness/screens.mjs";
import { isOpen, nothingLeft, siteOf } from "../harness/site.mjs";
import { drive } from "./driver.mjs";
import { until, World } from "./world.mjs";

/** What the review counts of its couples. */
const REVIEW = { Everything: 37, New: 37 };
/** Rows of a page of the site. */
const ROWS = 12;

test("a site that a script draws is described by a file, signed in to, drawn where nobody sees it, imported and uploaded", { timeout: 300_000 }, async (context) => {
  const world = await World.start();
  context.after(() => world.end());
  const app = await world.app();
  const person = await drive(app, world);
  const { drawn } = world.servers;
  const [cloud, site] = [cloudOf(world.servers), siteOf(drawn)];
  /** Requests that the pages' own script made, by the page of the list. */
  const filled = async () => (await site.visits()).filter(({ what, agent }) => what.startsWith("/app/data") && /AppleWebKit/.test(agent));
  try {
    await person.resize({ width: 1280, height: 800 });
    await person.press("button", "Sign in with your browser");
    await person.sees("heading", "Home");

    // The file is opened with the program, as the system does with one that is dropped on it.
    assert.equal((await world.second(world.bring("ours.toml", DRAWN))).code, 0);
    await person.sees("heading", "What The drawn studio would do");
    await person.seesText("The address that you give, and nowhere else");
    assert.deepEqual(await site.visits(), [], "nobody was asked yet");
    await person.screens("app-definition");
    await person.press("button", "Go on to the sign-in");
    await person.fill(/^Where you sign in/, drawn.address);
    await person.press("checkbox", /^This is my own account/);
    await person.press("button", "Open The drawn studio");
    await person.sees("heading", /^What should we bring from The drawn studio/, 60_000);
    assert.equal(await isOpen(site), false, "the window is closed");
    const first = await filled();
    assert.ok(first.length > 0, "the list was drawn by its own script");
    assert.ok(first.every(({ signed_in }) => signed_in), "in a window with the session of the person");

    const [connection] = (await app.rpc("app.state")).connections;
    await bring(person, connection.name);
    await bringIn(person, { cloud, expected: REVIEW });
    const pages = new Set((await filled()).map(({ what }) => what));
    assert.deepEqual([...pages].sort(), [1, 2, 3, 4].map((page) => `/app/data?page=${page}`), `every page of ${ROWS} was drawn`);
    const people = new Map((await cloud.records()).person.map(({ fields }) => [fields.email, fields]));
    for (const couple of await site.couples()) {
      const found = people.get(couple.email);
      assert.deepEqual([found?.first_name, found?.last_name], [couple.first_name, couple.last_name], couple.email);
    }
    assert.equal(await isOpen(site), false, "no window stays");
    await nothingLeft(world, site);

    // A script that draws less than there is: the total says so, and nothing is taken for the whole list.
    const before = (await cloud.held()).digest;
    await site.lazy();
    await person.press("link", "Home");
    await person.press("button", /^Import again/);
    await until("the import stopped", async () => {
      const { jobs } = await app.rpc("job.list", { limit: 1 });
      return jobs[0].kind === "import" && ["failed", "paused", "waiting_retry"].includes(jobs[0].state);
    }, 90_000);
    assert.equal((await cloud.held()).digest, before, "and nothing was touched");
    await nothingLeft(world, site);
  } catch (error) {
    throw await lastSeen(person, error);
  }
});
