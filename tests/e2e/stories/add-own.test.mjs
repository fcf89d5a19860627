import assert from "node:assert/strict";
import { after, test } from "node:test";

import { desk } from "../harness/desk.mjs";
import { closeBrowser, open } from "../harness/driver.mjs";
import { drop } from "../harness/files.mjs";
import { screens } from "../harness/screens.mjs";

after(closeBrowser);

const PASTE = "Address, curl command, recording (HAR), OpenAPI document or JSON answer";

/** A recording as a browser saves it: a page, a list of tags, and two pages of the bookings. */
function recording(source, bookings) {
  const entry = (url, mimeType, text, headers = []) => ({
    startedDateTime: "2026-05-14T08:00:00.000Z",
    time: 5,
    request: { method: "GET", url, httpVersion: "HTTP/1.1", headers, cookies: [], queryString: [], headersSize: -1, bodySize: 0 },
    response: { status: 200, statusText: "OK", httpVersion: "HTTP/1.1", headers: [], cookies: [], content: { size: text.length, mimeType, text }, redirectURL: "", headersSize: -1, bodySize: -1 },
    cache: {},
    timings: { send: 0, wait: 4, receive: 1 },
  });
  const { origin } = new URL(source.address);
  const signed = [{ name: "Authorization", value: `Bearer ${source.key}` }];
  return JSON.stringify({
    log: {
      version: "1.2",
      creator: { name: "a browser", version: "1" },
      entries: [
        entry(`${origin}/`, "text/html", "<html></html>"),
        // As long as addresses of workspaces are: it has to fit a narrow window.
        entry(`${origin}/v3/studios/9f8a7b6c5d4e3f2a1b0c9d8e7f6a5b4c/workspaces/1b0c9d8e7f6a5b4c9f8a7b6c5d4e3f2a/tags`, "application/json", JSON.stringify([{ id: 1, label: "VIP" }, { id: 2, label: "Spring" }])),
        entry(source.address, "application/json", bookings, signed),
        entry(`${source.address}?cursor=YWZ0ZXI6OA`, "application/json", bookings, signed),
      ],
    },
  });
}

test("a curl command that was copied is pasted, read, looked at and connected; its key is nowhere on the page", async () => {
  const place = await desk({ clients: 2, upTo: "signed_in" });
  const { source } = place.world;
  try {
    const app = await open(place.url);
    const { page } = app;
    const shown = async () => `${await page.content()} ${await page.evaluate(() => [...document.querySelectorAll("input, textarea")].map((field) => field.value).join(" "))}`;
    const paste = async (text) => {
      await app.fill(PASTE, text);
      await app.press("button", "Read it");
    };
    try {
      await app.press("link", "Add a CRM or file");
      await app.press("radio", /^Your own CRM/);
      await app.press("button", "Continue with Your own CRM");
      await app.sees("heading", "Connect Your own CRM by its address");
      await app.press("button", "Paste what you have");
      assert.equal(await page.getByLabel(PASTE).evaluate((field) => field === document.activeElement), true, "one can paste at once");
      await app.press("button", "Read it");
      await app.seesText("Paste something first, or choose a file.");

      // What cannot be read is refused with its reason.
      await paste(`curl -X POST '${source.address}' -H 'Authorization: Bearer ${source.key}'`);
      await app.seesText(/This command sends something to the CRM, and we only read/);
      assert.equal((await shown()).includes(source.key), false, "also where it was refused, the key is not left on the page");
      await screens(app, "own-paste-refused");

      // As a browser copies it.
      await paste(`curl '${source.address}?page=2' \\\n  -H 'accept: application/json' \\\n  -H 'Authorization: Bearer ${source.key}' \\\n  -b 'sid=abc' \\\n  --compressed`);
      await app.sees("heading", "That is a curl command");
      await app.seesText(/It signs in with a cookie/);
      assert.equal(await page.getByLabel("Address of the list").inputValue(), source.address, "without the page that was copied");
      assert.equal(await page.getByRole("radio", { name: "As a bearer token" }).getAttribute("aria-checked"), "true");
      await app.seesText(`A key ending in …${source.key.slice(-4)} was in what you pasted.`);
      assert.equal((await shown()).includes(source.key), false, "the key itself is not told to the page");
      await screens(app, "own-pasted-curl");

      await app.fill("What it is called", "Our own book");
      await app.press("button", "Look at it");
      await app.sees("heading", "This list can be read", 20_000);
      assert.ok((await page.getByRole("row").count()) > 3, "the first clients under the head");
      await app.seesText("Every import reads the whole list");
      await page.getByText(/^Found with \d+ requests$/).click();
      await page.getByText(/was answered with \d+ records/).first().waitFor();
      await screens(app, "own-found");
      // What was guessed may be chosen otherwise; the key is asked for no second time.
      const changed = page.getByRole("combobox", { name: "What tells when somebody changed" });
      await changed.click();
      await page.getByRole("option", { name: "Nothing" }).click();
      await page.getByRole("combobox", { name: "What tells when somebody changed" }).getByText("Nothing").waitFor();
      await app.sees("heading", "This list can be read");
      await app.press("button", "Connect");
      await app.sees("heading", /^What should we bring from/);
      assert.equal((await shown()).includes(source.key), false);
      assert.deepEqual(app.faults.filter((fault) => !/401/.test(fault)), [], "the page reports nothing");
    } finally {
      await app.close();
    }
  } finally {
    await place.close();
  }
});

test("a recording is chosen as a file; of its lists the clients come first, and the test read has what was recorded", async () => {
  const place = await desk({ clients: 2, upTo: "signed_in" });
  const { source } = place.world;
  try {
    const bookings = await (await fetch(source.address, { headers: { authorization: `Bearer ${source.key}` } })).text();
    const app = await open(place.url);
    const { page } = app;
    try {
      await page.goto(`${new URL(place.url).origin}/#/add?step=connect&provider=custom`);
      await app.sees("heading", "Connect Your own CRM by its address");
      await app.press("button", "Paste what you have");
      const chooser = page.waitForEvent("filechooser");
      await app.press("button", "Choose a file");
      await (await chooser).setFiles({ name: "crm.har", mimeType: "application/json", buffer: Buffer.from(recording(source, bookings)) });
      await app.sees("heading", "That is a recording of a browser");
      const lists = page.getByRole("radiogroup", { name: "Which list has your clients?" });
      assert.deepEqual(await lists.getByRole("radio").count(), 2, "two pages of one list are one list");
      assert.equal(await page.getByLabel("Address of the list").inputValue(), source.address, "the clients, not the tags");
      await screens(app, "own-pasted-har");

      // By the keyboard to the other list and back: the form follows.
      await lists.getByRole("radio").first().focus();
      // Held as long as a finger does: the group chooses while the key is down.
      await page.keyboard.press("ArrowDown", { delay: 120 });
      await page.waitForFunction(() => [...document.querySelectorAll("input")].some((field) => field.value.endsWith("/tags")));
      await page.keyboard.press("ArrowUp", { delay: 120 });
      await app.seesText(`A key ending in …${source.key.slice(-4)} was in what you pasted.`);
      await app.press("button", "Look at it");
      await app.sees("heading", "This list can be read", 20_000);
      await app.seesText("It has what the answer you pasted had");
      assert.deepEqual(app.faults.filter((fault) => !/401/.test(fault)), [], "the page reports nothing");
    } finally {
      await app.close();
    }
  } finally {
    await place.close();
  }
});

test("a recording that is dropped on the window begins a connector of one's own, whatever it is called; a list goes on to files", async () => {
  const place = await desk({ clients: 2, upTo: "signed_in" });
  const { source } = place.world;
  try {
    const bookings = await (await fetch(source.address, { headers: { authorization: `Bearer ${source.key}` } })).text();
    const app = await open(place.url);
    const { page } = app;
    const list = { name: "crm.har", bytes: Buffer.from("Name,Email,Wedding date\nAnn Lee,ann@example.com,13/06/2026\n") };
    try {
      await app.sees("link", "Add a CRM or file");
      await drop(app, [{ name: "Couples.csv", bytes: Buffer.from(recording(source, bookings)) }]);
      await app.sees("heading", "Connect Your own CRM by its address");
      await app.sees("heading", "That is a recording of a browser");
      assert.equal(await page.getByLabel("Address of the list").inputValue(), source.address);
      await app.seesText(`A key ending in …${source.key.slice(-4)} was in what you pasted.`);
      assert.equal((await page.content()).includes(source.key), false, "the key is nowhere on the page");

      // Another one takes its place while the step is open.
      await drop(app, [{ name: "command.txt", bytes: Buffer.from(`curl '${source.address}' -H 'Authorization: Bearer ${source.key}'`) }]);
      await app.sees("heading", "That is a curl command");
      await app.press("button", "Look at it");
      await app.sees("heading", "This list can be read", 20_000);

      // A list is a list, whatever it is called; what describes a source waits beside it.
      await drop(app, [list, { name: "again.json", bytes: Buffer.from(bookings) }]);
      await app.sees("heading", "Here is what we found");
      await app.seesText("again.json describes a source. It waits under your own CRM.");
      await page.goto(`${new URL(place.url).origin}/#/add?step=connect&provider=custom`);
      await app.sees("heading", "That is the answer of a list");
      assert.deepEqual(app.faults.filter((fault) => !/401/.test(fault)), [], "the page reports nothing");
    } finally {
      await app.close();
    }
  } finally {
    await place.close();
  }
});
