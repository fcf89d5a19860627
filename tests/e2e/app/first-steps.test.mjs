// The first steps in the real app, through what is on screen: the page of the built interface, driven by role and name.
import assert from "node:assert/strict";
import { test } from "node:test";

import { drive } from "./driver.mjs";
import { Browser, World } from "./world.mjs";

/** A story in the app, in a world of its own. */
function story(name, tell) {
  test(name, async (context) => {
    const world = await World.start();
    context.after(() => world.end());
    const app = await world.app();
    await tell(drive(app, world), world, app);
  });
}

story("the system's browser signs in, and the window moves on by itself", async (person) => {
  await person.sees("heading", "Bring your couples into WedSync");
  await person.press("button", "Sign in with your browser");
  await person.sees("heading", "Home");
  await person.seesText("Nothing connected yet");
});

story("a link from outside signs in, and one that is not ours is told of", async (person, world) => {
  world.browser(Browser.keeps);
  await person.press("button", /Paste the code instead/);
  await person.sees("heading", "Finish signing in in your browser");
  const link = await person.openedLink();
  await world.second("wedsync://oauth/callback?code=forged&state=forged");
  await person.seesText("That link doesn't belong to this sign-in");
  await world.second(link);
  await person.sees("heading", "Home");
  const picture = await person.picture();
  assert.deepEqual([...picture.subarray(1, 4)], [...Buffer.from("PNG")], "and it can be looked at");
  await person.key("Control+k");
  await person.sees("combobox", "Find or act");
});
