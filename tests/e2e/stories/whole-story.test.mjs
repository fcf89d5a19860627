// Sarah's whole first import in a browser on `hub serve`, with WedSync looked at from outside at each step: once with a
// mouse, searched afterwards for what must not be on the page's side, and once by keyboard alone.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import { nothingLeaked, secretsOf } from "../harness/canary.mjs";
import { cloudOf } from "../harness/cloud.mjs";
import { desk, fillForm, shortCode } from "../harness/desk.mjs";
import { closeBrowser, open } from "../harness/driver.mjs";
import { atTheKeyboard, notePointers } from "../harness/keyboard.mjs";
import { lastSeen, screens } from "../harness/screens.mjs";
import { tellTheWholeStory } from "../harness/whole-story.mjs";

after(closeBrowser);

/** Signs in with the code that the page after the form shows. */
const byCode = (person, world) => async () => {
  await person.press("button", "Paste the code instead");
  const back = await fillForm(await person.openedLink(), world);
  await person.fill("Code from the sign-in page", await shortCode(back));
  await person.press("button", "Use this code");
};

/** Tells it at a desk of its own, in a window opened in this way. */
async function tell(options, act) {
  const place = await desk({ clients: 214, keepBodies: true });
  try {
    const app = await open(place.url, options);
    try {
      await act(app, place.world, cloudOf(place.world));
      assert.deepEqual(app.faults, [], "the page reports nothing");
    } catch (error) {
      throw await lastSeen(app, error);
    } finally {
      await app.close();
    }
  } finally {
    await place.close();
  }
}

test("the whole first import in a browser, offline in between, and its undo, leaving no secret on the page's side", { timeout: 400_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), "hub-e2e-browser-"));
  try {
    await tell({ keepsIn: folder }, async (app, world, cloud) => {
      await tellTheWholeStory(app, { world, cloud, signIn: byCode(app, world), look: (name) => screens(app, name) });
      const cookies = await app.cookies();
      assert.equal(cookies.length, 1, "the session's cookie");
      const cookie = { name: "cookie", sort: "secret", text: cookies[0].value };
      const [key, ...further] = await secretsOf(world, cloud);
      await nothingLeaked(app, { needles: [key, cookie, ...further], folder });
    });
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
});

test("the whole first import by keyboard alone, the focus seen at each stop", { timeout: 400_000 }, async () => {
  await tell({ prepare: notePointers }, async (app, world, cloud) => {
    const person = atTheKeyboard(app);
    await tellTheWholeStory(person, { world, cloud, signIn: byCode(person, world) });
    assert.deepEqual(await person.pointers(), [], "no event of a pointer");
    assert.deepEqual(person.wrong(), [], "the focus is always seen");
  });
});
