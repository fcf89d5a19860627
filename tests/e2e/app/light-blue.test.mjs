// A site that somebody signs in to, in the real app: Light Blue as it is specified, by a window of its own. The site's pages type
// and send their form by themselves, and try to lead the window elsewhere on the way.
import assert from "node:assert/strict";
import { test } from "node:test";

import { cloudOf } from "../harness/cloud.mjs";
import { bring, bringIn } from "../harness/crm-story.mjs";
import { lastSeen } from "../harness/screens.mjs";
import { isOpen, nothingLeft, siteOf } from "../harness/site.mjs";
import { drive } from "./driver.mjs";
import { until, World } from "./world.mjs";

/** What the review counts of its couples. */
const REVIEW = { Everything: 37, New: 37 };

test("Light Blue is signed in to in a window, imported, reviewed, uploaded, and signed in to again", { timeout: 240_000 }, async (context) => {
  const world = await World.start();
  context.after(() => world.end());
  const app = await world.app();
  const person = await drive(app, world);
  const { servers } = world;
  const [cloud, site] = [cloudOf(servers), siteOf(servers.site)];
  const stolen = async () => (await (await fetch(`${servers.control}/_control/log/second`)).json()).filter(({ path }) => path.includes("stolen"));
  try {
    await person.resize({ width: 1280, height: 800 });
    await person.press("button", "Sign in with your browser");
    await person.sees("heading", "Home");

    await person.press("link", "Add a CRM or file");
    await person.press("radio", /^Light Blue/);
    await person.press("button", "Sign in in a window");
    await person.sees("heading", "Sign in to Light Blue");
    await person.screens("app-site-begin");
    await person.fill(/^Where you sign in/, servers.site.address);
    await person.press("checkbox", /^This is my own account/);
    await person.press("button", "Open Light Blue");
    await person.seesText("Waiting for Light Blue");
    await until("the window shows the site's form", async () => (await site.visits()).some(({ what, agent }) => what === "/login" && /AppleWebKit/.test(agent)));
    await person.screens("app-site-waiting");

    await person.sees("heading", "What should we bring from Light Blue?", 30_000);
    const seen = await site.visits();
    assert.ok(seen.some(({ method, what }) => method === "POST" && what === "/login"), "the window sent the form");
    assert.deepEqual(await stolen(), [], "the window did not go where the page led it");
    assert.equal(await isOpen(site), false, "and is closed");
    assert.deepEqual([...new Set(seen.filter(({ agent }) => !/AppleWebKit/.test(agent)).map(({ agent }) => agent.split("/")[0]))].filter((agent) => agent !== ""), ["WedSyncHub"], "whatever else asks says who it is");
    await nothingLeft(world, site);

    await bring(person, "Light Blue");
    await bringIn(person, { cloud, expected: REVIEW });
    const held = await cloud.records();
    const people = new Map(held.person.map(({ fields }) => [fields.email, fields]));
    for (const couple of await site.couples()) {
      const found = people.get(couple.email);
      assert.deepEqual([found?.first_name, found?.last_name], [couple.first_name, couple.last_name], couple.email);
    }
    const projects = held.project.filter(({ external_refs }) => external_refs.some(({ provider }) => provider === "lightblue"));
    // The list says nothing of a wedding but its day: where it says none, there is nothing to make a project of.
    const days = (await site.couples()).map(({ wedding_date }) => wedding_date).filter((day) => day !== null);
    assert.deepEqual(projects.map(({ fields }) => fields.wedding_date).sort(), days.sort());

    // The site signs everybody out: the next import touches nothing, and goes on once the person is in again.
    await site.signOut();
    await person.press("link", "Home");
    await person.press("button", /^Import/);
    await person.seesText("Sign in to Light Blue again", 30_000);
    await person.press("link", "Sign in");
    await person.sees("heading", "Sign in to Light Blue");
    await person.press("checkbox", /^This is my own account/);
    await person.press("button", "Open Light Blue");
    await person.sees("heading", "Home", 30_000);
    await until("the import went on to its end", async () => {
      const { connections, open_jobs } = await app.rpc("app.state");
      return connections[0].status === "connected" && open_jobs.every(({ state }) => state !== "waiting_auth" && state !== "running");
    }, 60_000);
    await nothingLeft(world, site);
  } catch (error) {
    throw await lastSeen(person, error);
  }
});
