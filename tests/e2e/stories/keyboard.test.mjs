// Sarah's whole first import in a browser by keyboard alone, with the focus looked at on each stop.
import assert from "node:assert/strict";
import { after, test } from "node:test";

import { closeBrowser } from "../harness/driver.mjs";
import { atTheKeyboard, notePointers } from "../harness/keyboard.mjs";
import { byCode, tellAtADesk } from "../harness/telling.mjs";
import { tellTheWholeStory } from "../harness/whole-story.mjs";

after(closeBrowser);

test("the whole first import by keyboard alone, the focus seen at each stop", { timeout: 800_000 }, async () => {
  await tellAtADesk({ prepare: notePointers }, async (app, world, cloud) => {
    const person = atTheKeyboard(app);
    await tellTheWholeStory(person, { world, cloud, signIn: byCode(person, world) });
    assert.deepEqual(await person.pointers(), [], "no event of a pointer");
    assert.deepEqual(person.wrong(), [], "the focus is always seen");
  });
});
