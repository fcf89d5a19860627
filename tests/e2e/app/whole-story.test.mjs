// Sarah's whole first import in the real app, as it ships: the telling is that of the browser (harness/whole-story.mjs), the
// system's browser signs in and hands the link to a second instance. After it, everything on the page's side is searched for what
// must not be there.
import { test } from "node:test";

import { nothingLeaked, secretsOf } from "../harness/canary.mjs";
import { cloudOf } from "../harness/cloud.mjs";
import { lastSeen } from "../harness/screens.mjs";
import { tellTheWholeStory } from "../harness/whole-story.mjs";
import { drive } from "./driver.mjs";
import { World } from "./world.mjs";

/** What the test itself put into the world: the servers' own words, and the link that their browser was given. */
const OURS = ["servers.json", "links"];

test("the whole first import in the app, offline in between, and its undo, leaving no secret on the page's side", { timeout: 850_000 }, async (context) => {
  const world = await World.start({ clients: 214, keepBodies: true });
  context.after(() => world.end());
  const person = await drive(await world.app(), world, { heard: [] });
  try {
    await person.resize({ width: 1280, height: 800 });
    const cloud = cloudOf(world.servers);
    const signIn = () => person.press("button", "Sign in with your browser");
    await tellTheWholeStory(person, { world: world.servers, cloud, signIn });
    await nothingLeaked(person, { needles: await secretsOf(world.servers, cloud), folder: world.dir, but: OURS });
  } catch (error) {
    throw await lastSeen(person, error);
  }
});
