// The review table at size, in Chromium: first rows, frames while scrolling, search. Prints a table; fails on no figure.
// `HUB_E2E_BUILD=release node bench/review.mjs [COUNT]`, after `cargo build --release -p hub-cli -p hub-sandbox`,
// `cargo build --release -p hub-store --example review_at_size` and `npm --prefix ui run build`.
import { spawn } from "node:child_process";
import { cpSync } from "node:fs";

import { binary, desk } from "../harness/desk.mjs";
import { closeBrowser, open } from "../harness/driver.mjs";

const count = process.argv[2] ?? "100000";

/** `KEEP=DIRECTORY` keeps a copy of the filled profile there, for `bench/app.mjs`. */
async function fill(profile, hub) {
  const status = await hub(["connections"]).catch(() => hub(["status"]));
  const id = JSON.stringify(status).match(/"(?:id|connection_id)":"([0-9a-f-]{36})"/)[1];
  const child = spawn(binary("examples/review_at_size"), [profile, id, count], { stdio: "inherit" });
  const code = await new Promise((done) => child.once("close", done));
  if (code !== 0) throw new Error(`review_at_size ended with ${code}`);
  if (process.env.KEEP !== undefined) cpSync(profile, process.env.KEEP, { recursive: true });
}

const place = await desk({ clients: 214, upTo: "imported", before: fill });
const app = await open(place.url, { guarded: false });
const { page } = app;
await app.sees("heading", "Home");
const rows = () => page.locator('[role=row][aria-label]:not([aria-busy])').first().waitFor();

/** Presses something and gives the milliseconds until `seen(text)` holds in a painted frame, both by the page's own clock. */
async function until(press, seen, text = "") {
  await page.evaluate(() => {
    window.pressed = new Promise((done) => {
      const note = () => done(performance.now());
      addEventListener("click", note, { capture: true, once: true });
      addEventListener("input", note, { capture: true, once: true });
    });
  });
  // As text, because the page's own policy keeps it from making functions out of text.
  const ended = page.evaluate(`(async () => {
    const seen = ${seen.toString()};
    const began = await window.pressed;
    while (!seen(${JSON.stringify(text)})) await new Promise((done) => requestAnimationFrame(done));
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    return performance.now() - began;
  })()`);
  await press();
  return (await ended).toFixed(0);
}
const filled = () => document.querySelector("[role=row][aria-label]:not([aria-busy])") !== null;
let taken = await until(() => app.press("link", /^Review/), filled);
console.log(`| first rows after the press | ${taken} ms |`);
await app.press("link", /^Home/);
await app.sees("heading", "Home");
taken = await until(() => app.press("link", /^Review/), filled);
console.log(`| first rows, a second time | ${taken} ms |`);
console.log(`| rows of the table | ${await page.getByRole("grid").getAttribute("aria-rowcount")} |`);

/** Scrolls by wheel-sized steps for some seconds and gives what lay between frames. */
const frames = (step) => page.evaluate(async (by) => {
  const grid = document.querySelector("[role=grid]");
  const gaps = [];
  let last = performance.now();
  const end = last + 5000;
  let unfilled = 0;
  while (last < end) {
    grid.scrollTop += by;
    await new Promise((done) => requestAnimationFrame(done));
    const now = performance.now();
    gaps.push(now - last);
    last = now;
    if (grid.querySelector("[aria-busy=true]") !== null) unfilled += 1;
  }
  gaps.sort((a, b) => a - b);
  const at = (share) => gaps[Math.min(gaps.length - 1, Math.floor(gaps.length * share))];
  return { frames: gaps.length, p50: at(0.5), p95: at(0.95), worst: gaps.at(-1), long: gaps.filter((gap) => gap > 34).length, unfilled };
}, step);
for (const [what, step] of [["slowly, 1 row a frame", 36], ["fast, 10 rows a frame", 360], ["flung, 200 rows a frame", 7200]]) {
  const { frames: drawn, p50, p95, worst, long, unfilled } = await frames(step);
  console.log(`| scroll ${what} | ${drawn} frames, between them p50 ${p50.toFixed(1)} p95 ${p95.toFixed(1)} worst ${worst.toFixed(1)} ms, ${long} over 34 ms, ${unfilled} with rows still coming |`);
}
await app.press("button", "Find a client");
const said = () => page.evaluate(() => document.querySelector("[role=search] [role=status]").textContent);
for (const text of ["knight", "77777", "no such couple"]) {
  await page.getByRole("searchbox").fill("");
  await page.waitForTimeout(1000);
  taken = await until(
    () => page.getByRole("searchbox").fill(text),
    (old) => {
      const now = document.querySelector("[role=search] [role=status]")?.textContent ?? "";
      return now !== "" && now !== old;
    },
    await said(),
  );
  console.log(`| search “${text}” to its count | ${taken} ms |`);
}
await page.getByRole("searchbox").fill("");
for (const tab of [/^New/, /^Problems/, /^Everything/]) {
  await page.waitForTimeout(1000);
  taken = await until(
    () => app.press("tab", tab),
    (name) => document.querySelector("[role=tab][aria-selected=true]").textContent.startsWith(name) && document.querySelector("[role=grid]") !== null && document.querySelector("[role=grid] [role=row][aria-label]:not([aria-busy])") !== null,
    tab.source.slice(1),
  );
  console.log(`| tab ${tab.source.slice(1)} | ${taken} ms |`);
}
await app.close();
await closeBrowser();
await place.close();
