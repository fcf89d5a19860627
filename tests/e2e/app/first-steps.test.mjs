// The first steps in the real app, through what is on screen: the page of the built interface, driven by role and name.
import assert from "node:assert/strict";
import { test } from "node:test";

import { files, leaks } from "../harness/canary.mjs";
import { drive } from "./driver.mjs";
import { Browser, World } from "./world.mjs";

/** A story in the app, in a world of its own. */
function story(name, tell) {
  test(name, async (context) => {
    const world = await World.start();
    context.after(() => world.end());
    const app = await world.app();
    await tell(await drive(app, world), world, app);
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

test("without a keychain a passphrase is chosen on screen and asked for at the next start, and it is kept nowhere", async (context) => {
  const world = await World.start({ keychain: "none" });
  context.after(() => world.end());
  const options = ["--profile-dir", world.profile, "--profile-kind", "live", "--cloud-url", "https://wedsync.example", "--locale", "en-GB"];
  const passphrase = { name: "passphrase", sort: "secret", text: "peonies, ranunculus & £40 of eucalyptus", savedBy: "window.unlock" };
  const heard = [];

  let person = await drive(await world.app({ options }), world, { heard });
  await person.seesText("Choose a passphrase instead");
  await person.screens("unlock-choose");
  await person.fill(/^Passphrase$/, passphrase.text);
  await person.fill(/^Passphrase again$/, "peonies");
  await person.press("button", "Lock with this passphrase");
  await person.seesText("The two don't match");
  await person.fill(/^Passphrase again$/, passphrase.text);
  await person.press("button", "Lock with this passphrase");
  await person.sees("heading", "Bring your couples into WedSync");
  await person.said();
  await world.closeApp();

  person = await drive(await world.app({ options }), world, { heard });
  await person.seesText("Type it to open them");
  await person.screens("unlock");
  await person.fill(/^Passphrase$/, "not this one at all");
  await person.press("button", "Open");
  await person.seesText("Check the passphrase, then try again");
  await person.fill(/^Passphrase$/, passphrase.text);
  await person.press("button", "Open");
  await person.sees("heading", "Bring your couples into WedSync");
  const said = await person.said();
  assert.ok(said.some(({ command, text }) => command === "window.unlock" && text.includes("eucalyptus")), "it was heard");
  assert.deepEqual(leaks([passphrase], [...said, ...(await person.kept()), ...files(world.dir)]), []);
});
