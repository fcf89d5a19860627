// A source of one's own in the real app: a list that answers in JSON, described by its address and a key.
import assert from "node:assert/strict";
import { test } from "node:test";

import { cloudOf } from "../harness/cloud.mjs";
import { bring, bringIn, choose, describeSource } from "../harness/crm-story.mjs";
import { allOf, heldLikeSource } from "../harness/crms.mjs";
import { lastSeen } from "../harness/screens.mjs";
import { drive } from "./driver.mjs";
import { World } from "./world.mjs";

const NAME = "Our own book";
/** What the review counts of its couples. */
const REVIEW = { Everything: 37, New: 37 };

test("a source of one's own is described by hand, named, imported, reviewed and uploaded", { timeout: 180_000 }, async (context) => {
  const world = await World.start();
  context.after(() => world.end());
  const app = await world.app();
  const person = await drive(app, world);
  const { source } = world.servers;
  const cloud = cloudOf(world.servers);
  try {
    await person.resize({ width: 1280, height: 800 });
    await person.press("button", "Sign in with your browser");
    await person.sees("heading", "Home");
    await choose(person, "Your own CRM");
    await describeSource(person, { name: NAME, source });
    assert.equal((await person.texts("rowheader")).length, 5, "the first clients");
    assert.deepEqual((await app.rpc("app.state")).connections, [], "a look keeps nothing");
    const [held, wide] = await app.driver.run(`() => { const rail = document.querySelector("aside"); return [rail.clientWidth, rail.scrollWidth]; }`);
    assert.equal(wide, held, "the steps do not scroll sideways");
    await person.screens("app-source-found");
    await person.press("button", "Connect");

    await bring(person, NAME);
    await bringIn(person, { cloud, expected: REVIEW });
    const [connection] = (await app.rpc("app.state")).connections;
    assert.equal(connection.name, NAME);
    heldLikeSource(await cloud.records(), await allOf(source), connection.provider);
  } catch (error) {
    throw await lastSeen(person, error);
  }
});
