// What a story may do, whatever drives it: find by role and name, press, type, read. The browser's half is here; another
// half can drive the desktop window by WebDriver, with the same functions.
import { access } from "node:fs/promises";

import { chromium } from "playwright-core";

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

/** One browser for all stories of a process. */
async function browser() {
  shared ??= chromium.launch({ executablePath: await chromiumPath(), args: ["--no-sandbox", "--disable-dev-shm-usage", "--force-color-profile=srgb"] });
  return shared;
}

export async function closeBrowser() {
  await (await shared)?.close();
  shared = undefined;
}

/**
 * Opens an address in a window of its own. Requests that leave this computer fail the story; so does what the page
 * reports as an error. Pages that open beside it (the system's browser) are closed; their address is `openedLink()`.
 */
export async function open(url, { width = 1280, height = 800, theme = "light", guarded = true } = {}) {
  const context = await (await browser()).newContext({
    viewport: { width, height }, colorScheme: theme, locale: "en-GB", timezoneId: "Europe/London", reducedMotion: "reduce",
  });
  const faults = [];
  let handOver;
  const opened = new Promise((done) => (handOver = done));
  // Whoever measures goes without: each request would take the way through this process.
  if (guarded) await context.route(/^https?:/, (route) => {
    const { hostname } = new URL(route.request().url());
    if (hostname === "127.0.0.1") return route.continue();
    faults.push(`request to ${hostname}`);
    return route.abort();
  });
  const page = await context.newPage();
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(message.text());
  });
  context.on("page", async (other) => {
    await other.waitForURL(/^http/).catch(() => undefined);
    handOver(other.url());
    await other.close();
  });
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
    key: (keys) => page.keyboard.press(keys),
    sees: (role, name, timeout, within) => by(role, name, within).first().waitFor({ timeout }),
    seesText: (text, timeout) => page.getByText(text).first().waitFor({ timeout }),
    gone: (role, name) => by(role, name).first().waitFor({ state: "detached" }),
    text: (role, name) => by(role, name).first().innerText(),
    texts: (role) => by(role).allInnerTexts(),
    labels: (role) => page.evaluate(LABELS, role),
    focused: () => page.evaluate(FOCUSED),
    reload: () => page.reload(),
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
    /** The first address that was handed to the system's browser. */
    openedLink: () => opened,
    resize: (size) => page.setViewportSize(size),
    theme: (scheme) => page.emulateMedia({ colorScheme: scheme }),
    close: () => context.close(),
  };
}
