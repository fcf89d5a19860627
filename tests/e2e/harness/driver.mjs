// What a story may do, whatever drives it: find by role and name, press, type, read. The browser's half is here; another
// half can drive the desktop window by WebDriver, with the same functions.
import { access } from "node:fs/promises";

import { chromium } from "playwright-core";

import { KEPT, PLANT } from "./canary.mjs";

/** Where Debian and others put the system's own Chromium; CHROMIUM names another. */
const PLACES = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

async function chromiumPath() {
  for (const place of PLACES) {
    if (place === undefined) continue;
    const there = await access(place).then(() => true, () => false);
    if (there) return place;
  }
  throw new Error("no Chromium: run `cargo xtask setup`, or name one in CHROMIUM");
}

/** The labels of what has a role by its attribute, in the page's order; both drivers read them so. */
export const LABELS = (role) => [...document.querySelectorAll(`[role="${role}"]`)].map((each) => each.getAttribute("aria-label") ?? each.textContent ?? "");
/** What has the focus, in words. */
export const FOCUSED = () => document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent ?? "";

let shared;

const launched = async () => ({ executablePath: await chromiumPath(), args: ["--no-sandbox", "--disable-dev-shm-usage", "--force-color-profile=srgb"] });

/** One browser for all stories of a process. */
async function browser() {
  shared ??= chromium.launch(await launched());
  return shared;
}

export async function closeBrowser() {
  await (await shared)?.close();
  shared = undefined;
}

/** Writes down what goes between the page and the program: requests, answers and events. */
async function listenTo(context, page) {
  const [said, coming] = [[], []];
  page.on("request", (request) => {
    const body = request.postData() ?? "";
    const command = /^\{"cmd":"([^"]+)"/.exec(body)?.[1];
    said.push({ place: "request", text: `${request.url()} ${body}`, command });
  });
  page.on("response", (answer) => {
    const { pathname } = new URL(answer.url());
    if (pathname === "/events" || pathname.startsWith("/assets/")) return;
    // A page that is left takes its last answers with it.
    coming.push(answer.text().then((text) => void said.push({ place: "answer", text }), () => undefined));
  });
  const tools = await context.newCDPSession(page);
  await tools.send("Network.enable");
  tools.on("Network.eventSourceMessageReceived", ({ data }) => said.push({ place: "event", text: data }));
  return async () => {
    await Promise.all(coming);
    return said;
  };
}

/** Says a text once each way, as the page and the program would, so that what listens can be seen to hear it. */
async function saySomething(page, text) {
  const planted = (type, body) => (route) => route.fulfill({ contentType: type, body });
  await page.route("**/planted-answer", planted("application/json", JSON.stringify(text)));
  await page.route("**/planted-events", planted("text/event-stream", `data: ${text}\n\n`));
  await page.evaluate(async (said) => {
    await fetch("/planted-answer", { method: "POST", body: said });
    const source = new EventSource("/planted-events");
    await new Promise((heard) => (source.onmessage = heard));
    source.close();
  }, text);
}

/**
 * Opens an address in a window of its own. Requests that leave this computer fail the story; so does what the page
 * reports as an error. Pages that open beside it (the system's browser) are closed; their address is `openedLink()`.
 * With a folder in `keepsIn` it is a browser of its own, which keeps there what browsers keep, and is listened to.
 * `prepare` has the page before it has gone anywhere.
 */
export async function open(url, { width = 1280, height = 800, theme = "light", guarded = true, keepsIn, prepare } = {}) {
  const settings = { viewport: { width, height }, colorScheme: theme, locale: "en-GB", timezoneId: "Europe/London", reducedMotion: "reduce" };
  const context = keepsIn === undefined ? await (await browser()).newContext(settings) : await chromium.launchPersistentContext(keepsIn, { ...(await launched()), ...settings });
  const faults = [];
  const [links, waiting] = [[], []];
  const handOver = (link) => {
    links.push(link);
    for (const done of waiting.splice(0)) done();
  };
  // Whoever measures goes without: each request would take the way through this process.
  if (guarded) await context.route(/^https?:/, (route) => {
    const { hostname } = new URL(route.request().url());
    if (hostname === "127.0.0.1") return route.continue();
    faults.push(`request to ${hostname}`);
    return route.abort();
  });
  const page = await context.newPage();
  const said = keepsIn === undefined ? undefined : await listenTo(context, page);
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(message.text());
  });
  context.on("page", async (other) => {
    await other.waitForURL(/^http/).catch(() => undefined);
    handOver(other.url());
    await other.close();
  });
  await prepare?.(page);
  await page.goto(url);

  const by = (role, name, within) => {
    const place = within === undefined ? page : page.getByRole(within[0], { name: within[1] });
    if (role === "text") return place.getByText(name);
    return place.getByRole(role, name === undefined ? {} : { name });
  };
  return {
    page,
    faults,
    by,
    press: (role, name, within) => by(role, name, within).first().click(),
    fill: (label, text) => page.getByLabel(label).fill(text),
    value: (label) => page.getByLabel(label).inputValue(),
    key: (keys) => page.keyboard.press(keys),
    sees: (role, name, timeout, within) => by(role, name, within).first().waitFor({ timeout }),
    seesText: (text, timeout) => page.getByText(text).first().waitFor({ timeout }),
    gone: (role, name) => by(role, name).first().waitFor({ state: "detached" }),
    text: (role, name) => by(role, name).first().innerText(),
    texts: (role) => by(role).allInnerTexts(),
    labels: (role) => page.evaluate(LABELS, role),
    focused: () => page.evaluate(FOCUSED),
    reload: () => page.reload(),
    /** A command, given as the page gives it. */
    rpc: (cmd, payload = {}) => page.evaluate(async (asked) => {
      const answer = await (await fetch("/rpc", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(asked) })).json();
      if (answer.err !== undefined) throw new Error(JSON.stringify(answer.err));
      return answer.ok;
    }, { cmd, payload }),
    said,
    say: (text) => saySomething(page, text),
    kept: () => page.evaluate(KEPT),
    plant: (texts) => page.evaluate(`(${PLANT})(...${JSON.stringify(texts)})`),
    cookies: () => context.cookies(),
    /** Takes what is at one place to another with the pointer. */
    async drag(from, to) {
      const [start, end] = await Promise.all([by(...from).first().boundingBox(), by(...to).first().boundingBox()]);
      const middle = (box) => [box.x + box.width / 2, box.y + box.height / 2];
      const [x, y] = middle(start);
      await page.mouse.move(x, y);
      await page.mouse.down();
      await page.mouse.move(x + 20, y, { steps: 3 });
      await page.mouse.move(...middle(end), { steps: 8 });
      await page.mouse.up();
    },
    /** The first address that was handed to the system's browser, or a later one, counted from 0. */
    async openedLink(which = 0) {
      while (links.length <= which) await new Promise((done) => waiting.push(done));
      return links[which];
    },
    resize: (size) => page.setViewportSize(size),
    theme: (scheme) => page.emulateMedia({ colorScheme: scheme }),
    picture: () => page.screenshot(),
    words: () => page.evaluate(() => document.body.innerText),
    close: () => context.close(),
  };
}
