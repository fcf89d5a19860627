// Telling others of what is new in WedSync: a catch hook and the Inbox of Light Blue, added, told, kept waiting, given up on, picked for,
// switched off and removed.
import assert from "node:assert/strict";
import { after, test } from "node:test";

import { desk } from "../harness/desk.mjs";
import { closeBrowser, open } from "../harness/driver.mjs";
import { screens } from "../harness/screens.mjs";

after(closeBrowser);

/** What the place took, and how it answers from now on. */
const placeOf = ({ told }) => ({
  deliveries: async () => (await fetch(`${told.control}/deliveries`)).json(),
  answers: async (how) => void (await fetch(`${told.control}/${how}`, { method: "POST" })),
});

test("Make is told of everything that is uploaded, keeps it waiting while it is down, and gets it once it is back", async () => {
  const place = await desk({ clients: 30, upTo: "imported" });
  const { told } = place.world;
  const other = placeOf(place.world);
  try {
    const app = await open(place.url);
    const { page } = app;
    const taken = async () => (await other.deliveries()).filter((one) => one.taken);
    try {
      await app.press("link", "Settings");
      await app.sees("heading", "Tell others");
      await app.seesText("Nobody else is told");
      await page.getByRole("main").getByRole("link", { name: "Tell others" }).click();
      await app.sees("heading", "Tell others");
      await app.sees("button", "Add a program");
      await screens(app, "others-empty");

      // A place by keyboard: the form, what it lacks, and the secret that is shown once.
      await app.press("button", "Add a program");
      await app.sees("dialog", "Tell another program");
      await screens(app, "others-add");
      await app.press("button", "Tell it from now on");
      await app.seesText("Paste the address first.");
      await app.fill("Webhook address", "http://printer.local/hook");
      await app.key("Enter");
      await app.seesText(/Events can't be sent to this address/);
      await screens(app, "others-add-refused");
      await page.getByRole("radio", { name: "Make" }).click();
      await app.fill("Webhook address", told.hook);
      await app.fill("Name (optional)", "Enquiries and bookings for the whole of the Ottenbury-Fairweather flower team");
      await app.press("button", "Tell it from now on");
      await app.sees("heading", /is added$/);
      const secret = await page.getByLabel("Signing secret").inputValue();
      assert.match(secret, /^whsec_/);
      await screens(app, "others-secret");
      await app.press("button", "I have kept it");
      await app.sees("heading", /^Enquiries and bookings/);
      for (const hidden of [secret, "s3cret-path"]) assert.equal((await page.content()).includes(hidden), false, "neither secret is on the page afterwards");
      await app.seesText("At 127.0.0.1.");
      await screens(app, "others-new");
      assert.deepEqual(await other.deliveries(), [], "what is there already is told to nobody");

      // It is down: what is uploaded waits, and says why.
      await other.answers("503");
      await place.hub(["review", "approve"]);
      await place.hub(["push"]);
      await app.sees("heading", /^Enquiries/);
      await page.reload();
      await app.seesText(/messages wait to be sent$/);
      await app.seesText(/does not work at the moment\. It is tried again by itself\./);
      await app.seesText(/^Next try|Next try /);
      await app.press("button", "Show what it was sent");
      await app.seesText(/^New (client|wedding|appointment)$/);
      await screens(app, "others-waiting");

      // Back again: a switch off and on keeps what waits, and everything arrives once.
      await other.answers("well");
      await app.press("button", /^Switch off /);
      await app.seesText("Switched off");
      await screens(app, "others-off");
      await app.press("button", /^Switch on /);
      // The pause that it asked for by not working is kept to.
      for (let left = 900; (await app.rpc("hooks.list")).hooks[0].queued > 0; left -= 1) {
        assert.ok(left > 0, "something is never told");
        await page.waitForTimeout(100);
      }
      await app.gone("text", /messages? waits? to be sent$/);
      const ids = (await taken()).map(({ body }) => JSON.parse(body).id);
      assert.ok(ids.length > 30, `${ids.length} were told`);
      assert.equal(new Set(ids).size, ids.length, "each once");
      await screens(app, "others-told");

      // Somebody looks for clients and changes their mind; then the place is removed.
      await app.press("button", "Pick clients");
      await app.fill("Find clients", "an");
      await page.getByRole("dialog").getByRole("checkbox").first().waitFor();
      await app.press("button", "Cancel");
      await app.press("button", /^Remove /);
      await app.sees("alertdialog", /^Remove Enquiries/);
      await screens(app, "others-remove");
      await page.getByRole("alertdialog").getByRole("button", { name: /^Remove / }).click();
      await app.seesText("Nobody else is told");
      assert.deepEqual(app.faults.filter((fault) => !/40\d/.test(fault)), [], "the page reports nothing");
    } finally {
      await app.close();
    }
  } finally {
    await place.close();
  }
});

test("clients that somebody picks go into the Inbox of Light Blue, from its page and from the palette, and what cannot be sent says why", async () => {
  const place = await desk({ clients: 14, upTo: "uploaded" });
  const { told } = place.world;
  const other = placeOf(place.world);
  try {
    const app = await open(place.url);
    const { page } = app;
    try {
      await page.goto(`${new URL(place.url).origin}/#/others`);
      await app.press("button", "Add a program");
      await page.getByRole("radio", { name: "Light Blue" }).click();
      await screens(app, "others-add-inbox");
      await app.fill("Light Blue API key", "wrong-key-0123456789");
      await app.fill("Address", told.inbox);
      await app.press("button", "Tell it from now on");
      await app.seesText(/Light Blue doesn't know this key/);
      await app.fill("Light Blue API key", told.key);
      await app.press("button", "Tell it from now on");
      await app.sees("heading", "Light Blue is added");
      await app.press("button", "Done");
      await app.seesText(/^Gets the clients you pick\./);
      assert.equal((await page.content()).includes(told.key), false, "the key is nowhere on the page");

      await app.press("button", "Pick clients");
      await app.sees("dialog", "Send clients to Light Blue");
      await screens(app, "others-pick-empty");
      await app.fill("Find clients", "zzzz");
      await app.seesText("Nobody here is called that.");
      const { clients } = await app.rpc("clients.find", { query: "a", limit: 50 });
      const [first, second] = clients.filter(({ names }) => names.length > 0);
      await app.fill("Find clients", first.names[0]);
      await page.getByRole("dialog").getByRole("checkbox", { name: first.names[0] }).first().click();
      await app.fill("Find clients", second.names[0]);
      await page.getByRole("dialog").getByRole("checkbox", { name: second.names[0] }).first().click();
      await screens(app, "others-pick");
      await app.press("button", "Send 2 clients");
      await app.seesText("2 clients are on their way to the Inbox of Light Blue.");
      await screens(app, "others-sent");
      await page.getByRole("dialog").getByRole("button", { name: "Done" }).click();
      const taken = (await other.deliveries()).filter((one) => one.taken);
      assert.equal(taken.length, 2, "both in the Inbox, once");

      // The same two again: nothing new, and it says so.
      await app.press("button", "Pick clients");
      await app.fill("Find clients", first.names[0]);
      await page.getByRole("dialog").getByRole("checkbox", { name: first.names[0] }).first().click();
      await app.press("button", "Send 1 client");
      await app.seesText(/^1 was not sent/);
      await page.getByRole("dialog").getByRole("button", { name: "Done" }).click();
      assert.equal((await other.deliveries()).length, 2);
      assert.deepEqual(app.faults.filter((fault) => !/40\d/.test(fault)), [], "the page reports nothing");
    } finally {
      await app.close();
    }
  } finally {
    await place.close();
  }
});

test("an address that its place has ended says so, is tried no more, and is removed from there", async () => {
  const place = await desk({ clients: 6, upTo: "imported" });
  const { told } = place.world;
  const other = placeOf(place.world);
  try {
    const app = await open(place.url);
    const { page } = app;
    try {
      await page.goto(`${new URL(place.url).origin}/#/others`);
      await app.press("button", "Add a program");
      await page.getByRole("radio", { name: "Make" }).click();
      await app.fill("Webhook address", told.hook);
      await app.press("button", "Tell it from now on");
      await app.press("button", "I have kept it");
      await other.answers("410");
      await place.hub(["review", "approve"]);
      await place.hub(["push"]);
      await app.seesText("This address has ended", 60_000);
      await app.seesText(/says that this address has ended\. Make a new one there and add it\.$/);
      const tried = (await other.deliveries()).length;
      assert.equal(await page.getByRole("button", { name: /^Switch o(n|ff) / }).count(), 0, "nothing brings it back");
      await screens(app, "others-ended");
      assert.equal((await other.deliveries()).length, tried, "and nothing is sent there any more");
      await page.getByRole("button", { name: "Remove", exact: true }).click();
      await page.getByRole("alertdialog").getByRole("button", { name: /^Remove / }).click();
      await app.seesText("Nobody else is told");
      assert.deepEqual(app.faults.filter((fault) => !/40\d/.test(fault)), [], "the page reports nothing");
    } finally {
      await app.close();
    }
  } finally {
    await place.close();
  }
});
