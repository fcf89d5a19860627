// The review table at size, in Chromium: first rows, frames while scrolling, search. Prints a table; fails on no figure.
// `node bench/review.mjs [COUNT]`, after `cargo build -p hub-cli` and `cargo build -p hub-store --example review_at_size`.
import { spawn } from "node:child_process";
import { join } from "node:path";

import { desk, root } from "../harness/desk.mjs";
import { closeBrowser, open } from "../harness/driver.mjs";

const count = process.argv[2] ?? "100000";
const target = process.env.CARGO_TARGET_DIR ?? join(root, "target");

async function fill(profile, hub) {
  const status = await hub(["connections"]).catch(() => hub(["status"]));
  const id = JSON.stringify(status).match(/"(?:id|connection_id)":"([0-9a-f-]{36})"/)[1];
  const child = spawn(join(target, "debug/examples/review_at_size"), [profile, id, count], { stdio: "inherit" });
  const code = await new Promise((done) => child.once("close", done));
  if (code !== 0) throw new Error(`review_at_size ended with ${code}`);
}

const place = await desk({ clients: 214, upTo: "imported", before: fill });
const app = await open(place.url);
const { page } = app;
await app.sees("heading", "Home");
const rows = () => page.locator('[role=row][aria-label]:not([aria-busy])').first().waitFor();
let began = performance.now();
await app.press("link", /^Review/);
await rows();
console.log(`| first rows after the press | ${(performance.now() - began).toFixed(0)} ms |`);
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
for (const text of ["knight", "77777", "no such couple"]) {
  await page.getByRole("searchbox").fill("");
  await page.waitForTimeout(500);
  const before = await page.evaluate(() => document.querySelector("[role=search] [role=status]").textContent);
  began = performance.now();
  await page.getByRole("searchbox").fill(text);
  await page.waitForFunction((old) => {
    const now = document.querySelector("[role=search] [role=status]")?.textContent ?? "";
    return now !== "" && now !== old;
  }, before);
  console.log(`| search “${text}” to its count | ${(performance.now() - began).toFixed(0)} ms |`);
}
for (const tab of [/^New/, /^Problems/, /^Everything/]) {
  began = performance.now();
  await page.getByRole("searchbox").fill("").catch(() => undefined);
  await app.press("tab", tab);
  await rows();
  console.log(`| tab ${tab.source.slice(1)} | ${(performance.now() - began).toFixed(0)} ms |`);
}
await app.close();
await closeBrowser();
await place.close();
