// Sarah's whole first import in the real app: the same story as in a browser, with the system's browser signing in.
import { test } from "node:test";

import { cloudOf } from "../harness/cloud.mjs";
import { tellTheWholeStory } from "../harness/whole-story.mjs";
import { drive } from "./driver.mjs";
import { World } from "./world.mjs";

test("the whole first import in the app, offline in between, and its undo", { timeout: 600_000 }, async (context) => {
  const world = await World.start({ clients: 214 });
  context.after(() => world.end());
  const app = await world.app();
  const person = drive(app, world);
  const signIn = () => person.press("button", "Sign in with your browser");
  await tellTheWholeStory(person, { world: world.servers, cloud: cloudOf(world.servers), signIn });
});
