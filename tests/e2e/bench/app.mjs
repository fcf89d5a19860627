// The real app with a large book: from its start to the first useful screen beside an empty window of the same toolkit, and
// what it takes while it rests in the tray. Prints a table; fails on no figure. Linux, as it reads /proc.
// `HUB_E2E_APP=.../target/release/wedsync-hub HUB_E2E_BUILD=release node bench/app.mjs [PROFILE]`, after `cargo build --release
// -p wedsync-hub --features bench --bins --examples`; PROFILE is one of kind `test` that `bench/review.mjs` has filled and kept, else a new one.
import { cpSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import { World } from "../app/world.mjs";

const book = process.argv[2];
const blank = join(dirname(process.env.HUB_E2E_APP), "examples", "empty_window");
const RUNS = 5;
/** Longer than the app keeps a hidden page. */
const REST_MS = 75_000;

/** Every process of a world whose program has one of these names. */
function processes(dir, names) {
  return readdirSync("/proc").filter((pid) => {
    try {
      if (!readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").includes(`HUB_E2E_WORLD=${dir}`)) return false;
      const name = readFileSync(`/proc/${pid}/comm`, "utf8").trim();
      return names.some((each) => name.startsWith(each));
    } catch {
      return false;
    }
  });
}

/** Proportional set size in MB and CPU seconds so far, by program. */
function used(dir) {
  const sums = {};
  for (const pid of processes(dir, ["wedsync-hub", "empty_window", "WebKitWeb", "WebKitNet"])) {
    try {
      const name = readFileSync(`/proc/${pid}/comm`, "utf8").trim();
      const pss = Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))[1]) / 1024;
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
      const cpu = (Number(stat[11]) + Number(stat[12])) / 100;
      sums[name] = { pss: (sums[name]?.pss ?? 0) + pss, cpu: (sums[name]?.cpu ?? 0) + cpu };
    } catch {
      // It ended while we looked.
    }
  }
  return sums;
}
const total = (sums, what) => Object.values(sums).reduce((sum, each) => sum + each[what], 0);
const shown = (sums) => Object.entries(sums).map(([name, { pss }]) => `${name} ${pss.toFixed(0)}`).join(", ");

const world = await World.start();
try {
  if (book !== undefined) cpSync(book, world.profile, { recursive: true });
  const useful = "() => document.querySelector('h1') !== null && document.querySelector('[aria-busy=true]') === null";
  const empty = "() => document.readyState === 'complete'";
  for (const [what, program, seen] of [["an empty window", blank, empty], ["the first useful screen", undefined, useful]]) {
    const taken = [];
    for (let run = 0; run < RUNS; run += 1) {
      const began = performance.now();
      const app = await world.app(program === undefined ? {} : { program, options: [] });
      while (!(await app.driver.run(seen).catch(() => false))) await pause(5);
      taken.push(performance.now() - began);
      if (run === 0) {
        await pause(5_000);
        const there = used(world.dir);
        console.log(`| ${what}, MB after 5 s | ${total(there, "pss").toFixed(0)} (${shown(there)}) |`);
      }
      await world.closeApp();
      await pause(500);
    }
    taken.sort((a, b) => a - b);
    console.log(`| start to ${what} | p50 ${taken[Math.floor(taken.length / 2)].toFixed(0)} ms of ${taken.length} |`);
  }
  const app = await world.app();
  await pause(5_000);
  const open = used(world.dir);
  console.log(`| window open, MB | ${total(open, "pss").toFixed(0)} (${shown(open)}) |`);
  await app.rpc("window.close").catch(() => undefined);
  await pause(3_000);
  const hidden = used(world.dir);
  console.log(`| just hidden, MB | ${total(hidden, "pss").toFixed(0)} (${shown(hidden)}) |`);
  await pause(REST_MS);
  const before = used(world.dir);
  await pause(30_000);
  const after = used(world.dir);
  console.log(`| rests in the tray, MB | ${total(after, "pss").toFixed(0)} (${shown(after)}) |`);
  console.log(`| CPU meanwhile | ${(((total(after, "cpu") - total(before, "cpu")) / 30) * 100).toFixed(2)} % of a core |`);
} finally {
  await world.end();
}
