// A source of one's own that is signed in to in the browser: from its address to its own page and back, refused, given up and done again;
// and one whose server gives programs no names.
import assert from "node:assert/strict";
import { after, test } from "node:test";

import { cloudOf } from "../harness/cloud.mjs";
import { bring, bringIn, choose } from "../harness/crm-story.mjs";
import { desk, fillForm } from "../harness/desk.mjs";
import { closeBrowser, open } from "../harness/driver.mjs";
import { lastSeen, screens } from "../harness/screens.mjs";

after(closeBrowser);

const NAME = "The Marchioness of Ottenbury-Fairweather's Floristry and Wedding Flowers Ledger";
const SHORT = "Our gallery";

/** Fills in the form for a source that is signed in to. */
async function describe(app, { name, address, look = async () => undefined }) {
  await choose(app, "Your own CRM");
  await app.sees("heading", "Connect Your own CRM by its address");
  await app.press("radio", "By signing in in the browser");
  await app.press("button", "Look at it");
  await app.seesText("Paste the address first.");
  await app.fill("What it is called", name);
  await app.fill("Address of the list", address);
  await look("own-sign-in-form");
  await app.press("button", "Look at it");
  await app.sees("heading", `Sign in to ${name}`);
}

/** Where the server sends a browser whose person says no (RFC 6749, 4.1.2.1). */
function refusal(link) {
  const asked = new URL(link);
  const back = new URL(asked.searchParams.get("redirect_uri"));
  back.search = new URLSearchParams({ error: "access_denied", state: asked.searchParams.get("state"), iss: asked.origin });
  return back.href;
}

test("an address that wants a sign-in leads to the browser; refused and given up it says so with one way on; signed in, the list is read, imported and reviewed", async () => {
  const place = await desk({ clients: 2, upTo: "signed_in" });
  const { signed } = place.world;
  try {
    const app = await open(place.url);
    const { page } = app;
    try {
      await describe(app, { name: NAME, address: signed.address, look: (name) => screens(app, name) });
      await screens(app, "own-sign-in-begin");

      // Back, and nothing that was typed is lost.
      await app.press("button", "Back");
      assert.equal(await app.value("Address of the list"), signed.address);
      assert.equal(await app.value("What it is called"), NAME);
      await app.press("button", "Look at it");
      await app.press("button", "Open the sign-in page");
      await app.sees("heading", "Continue in your browser");
      await app.seesText(`Waiting for ${NAME}`);
      await screens(app, "own-sign-in-waiting");

      // The person says no there.
      const link = await app.openedLink();
      const asked = new URL(link);
      assert.equal(asked.origin, new URL(signed.address).origin, "the browser was at the source's own server");
      assert.equal(asked.searchParams.get("scope"), "clients.read openid offline_access", "only reading is asked for");
      assert.match(asked.searchParams.get("redirect_uri") ?? "", /^http:\/\/127\.0\.0\.1:\d+\//, "back to this computer");
      await fetch(refusal(link));
      await app.seesText(`Nothing was allowed at ${NAME}, so nothing was connected. Sign in again.`);
      await app.sees("heading", `Sign in to ${NAME}`);
      assert.equal(await page.getByRole("button", { name: "Open it again" }).count(), 0, "the page of an attempt that is over leads nowhere");
      assert.deepEqual((await app.rpc("app.state")).connections, []);
      await screens(app, "own-sign-in-refused");

      // Again; the browser's window is closed, and the attempt given up here.
      await app.press("button", "Try again");
      await app.seesText(`Waiting for ${NAME}`);
      const second = await app.openedLink(1);
      assert.notEqual(new URL(second).searchParams.get("state"), asked.searchParams.get("state"), "an attempt of its own");
      await app.press("button", "Cancel");
      await app.sees("heading", "Connect Your own CRM by its address");
      assert.equal(await app.value("Address of the list"), signed.address, "the address is still there");
      await assert.rejects(fetch(await fillForm(second, signed.logins[0])), "nobody listens for what was given up");

      // And signed in.
      await app.press("button", "Look at it");
      await app.press("button", "Open the sign-in page");
      const back = await fillForm(await app.openedLink(2), signed.logins[0]);
      assert.match(await (await fetch(back)).text(), /You are signed in to/);
      await app.sees("heading", "This list can be read", 20_000);
      await app.seesText("It goes on page by page, by a marker in each page");
      assert.equal(await page.getByRole("rowheader").count(), 5, "the first clients");
      await screens(app, "own-sign-in-found");
      await app.press("button", "Connect");
      await bring(app, NAME);
      const count = await bringIn(app, { cloud: cloudOf(place.world), expected: { Everything: 37, New: 37 } });
      assert.equal(count, 37);
      const [connection] = (await app.rpc("app.state")).connections;
      assert.equal(connection.account_name, "Harlow & Finch Photography", "as the server says");

      await page.goto(`${new URL(place.url).origin}/#/connection?connection=${connection.id}`);
      await app.sees("heading", "How it connects");
      await app.seesText("It renews itself while you use it.");
      await screens(app, "own-sign-in-connection");
      assert.deepEqual(app.faults.filter((fault) => !/40\d/.test(fault)), [], "the page reports nothing");
    } catch (error) {
      throw await lastSeen(app, error);
    } finally {
      await app.close();
    }
  } finally {
    await place.close();
  }
});

test("a server that gives programs no names wants one typed, and the form takes it where it is asked for", async () => {
  const place = await desk({ clients: 2, upTo: "signed_in" });
  const { nameless } = place.world;
  try {
    const app = await open(place.url);
    try {
      await describe(app, { name: SHORT, address: nameless.address });
      await app.press("button", "Open the sign-in page");
      await app.seesText(`${SHORT} wants to know this app before anybody signs in. Ask ${SHORT} for a client ID for WedSync Hub, and enter it here.`);
      await screens(app, "own-sign-in-name");
      await app.fill("Client ID", "wedsync-by-hand");
      await app.press("button", "Open the sign-in page");
      await app.seesText(`Waiting for ${SHORT}`);
      const link = await app.openedLink();
      assert.equal(new URL(link).searchParams.get("client_id"), "wedsync-by-hand");
      await fetch(await fillForm(link, nameless.logins[0]));
      await app.sees("heading", "This list can be read", 20_000);
      await app.press("button", "Connect");
      await app.sees("heading", `What should we bring from ${SHORT}?`);
      assert.deepEqual(app.faults.filter((fault) => !/40\d/.test(fault)), [], "the page reports nothing");
    } catch (error) {
      throw await lastSeen(app, error);
    } finally {
      await app.close();
    }
  } finally {
    await place.close();
  }
});
