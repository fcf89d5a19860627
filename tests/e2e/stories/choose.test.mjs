import assert from "node:assert/strict";
import { after, test } from "node:test";

import { bring, choose, describeSource } from "../harness/crm-story.mjs";
import { desk } from "../harness/desk.mjs";
import { closeBrowser, open } from "../harness/driver.mjs";
import { screens } from "../harness/screens.mjs";

after(closeBrowser);

test("every name can be chosen, what it can do is told, and nothing is offered that does not work", async () => {
  const place = await desk({ clients: 2, upTo: "signed_in" });
  try {
    const app = await open(place.url);
    const { page } = app;
    const tiles = () => page.getByRole("radio").count();
    try {
      await app.press("link", "Add a CRM or file");
      await app.sees("heading", "Where are your clients now?");
      assert.equal(await tiles(), 23, "21 names, any calendar and a file");

      // By a name that it had, by a slip of the space, and by nothing that is known.
      await app.fill("Search by name, or type where you keep clients", "vsco");
      assert.deepEqual([await tiles(), await page.getByRole("radio", { name: /^Tave/ }).count()], [2, 1]);
      await app.fill("Search by name, or type where you keep clients", "studio ninja");
      await page.getByRole("radio", { name: /^Studio Ninja/ }).waitFor();
      await app.fill("Search by name, or type where you keep clients", "abacus");
      await app.seesText(/We don't know a CRM called “abacus”/);
      await app.fill("Search by name, or type where you keep clients", "");
      await app.press("button", "With a key");
      await page.getByRole("radio", { name: /^Zapier/ }).waitFor({ state: "detached" });
      await app.press("button", "All");

      // Tave: every way that is known of it works.
      await app.press("radio", /^Tave/);
      const about = page.getByRole("region", { name: "About Tave" });
      await about.getByText("Tave describes this itself.").first().waitFor();
      await about.getByText(/Its calendar, by address/).waitFor();
      await screens(app, "choose-tave");
      await app.press("button", "Bring a file", ["region", "About Tave"]);
      await app.sees("heading", "Bring your export from Tave");
      await app.press("button", "Back");
      await app.sees("heading", "Where are your clients now?");

      // What holds no clients says so.
      await app.press("radio", /^Google Calendar/);
      const calendar = page.getByRole("region", { name: "About Google Calendar" });
      await calendar.getByText(/Appointments alone, no clients/).first().waitFor();
      await screens(app, "choose-calendar");

      // HoneyBook's reports: the file step names them and says how to get them.
      await page.keyboard.press("/");
      await page.keyboard.type("honey");
      await app.press("radio", /^HoneyBook/);
      const honeybook = page.getByRole("region", { name: "About HoneyBook" });
      await honeybook.getByText("HoneyBook doesn't describe this; others have seen how it works.").first().waitFor();
      await app.press("button", "Bring a file", ["region", "About HoneyBook"]);
      await app.sees("heading", "Bring your export from HoneyBook");
      await app.seesText(/open Reports, choose Booked projects/);
      await app.seesText("HoneyBook, booked projects");
      await screens(app, "choose-honeybook-file");
      assert.deepEqual(app.faults.filter((fault) => !/401/.test(fault)), [], "the page reports nothing");
    } finally {
      await app.close();
    }
  } finally {
    await place.close();
  }
});

test("a source of one's own is looked at by its address and a key, and connected", async () => {
  const place = await desk({ clients: 2, upTo: "signed_in" });
  const { source } = place.world;
  try {
    const app = await open(place.url);
    const { page } = app;
    try {
      await choose(app, "Your own CRM");
      await describeSource(app, { name: "Our own book", source, look: (name) => screens(app, name) });
      assert.equal(await page.getByRole("rowheader").count(), 5, "the first clients");
      assert.equal((await page.content()).includes(source.key), false, "the key is nowhere on the page");
      await app.press("button", "Connect");
      await bring(app, "Our own book");
      assert.ok((await page.getByRole("row").count()) > 5, "clients under the head");
      assert.deepEqual(app.faults.filter((fault) => !/40\d/.test(fault)), [], "the page reports nothing");
    } finally {
      await app.close();
    }
  } finally {
    await place.close();
  }
});
