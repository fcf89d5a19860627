#!/usr/bin/env node
// The system browser of a test's world: stands before the real `xdg-open` on the path, fills the sign-in form over HTTP as
// a person would (WedSync's, or HoneyBook's with the studio's own login), and hands the link of the page after it to a second
// instance of the app, as the desktop does.
import { execFileSync } from "node:child_process";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { comeBackByHand } from "./world.mjs";

const world = process.env.HUB_E2E_WORLD;
const { login, password, honeybook, honeybook_logins: [studio] } = JSON.parse(readFileSync(join(world, "servers.json"), "utf8"));
const [, , address] = process.argv;
const who = new URL(address).origin === new URL(honeybook).origin ? studio : { login, password };
const { link, code } = await comeBackByHand(address, who.login, who.password);
if (link !== undefined) {
  if (readFileSync(join(world, "browser"), "utf8") === "hands") {
    execFileSync(process.env.HUB_E2E_APP, [link], { stdio: "ignore" });
  }
  // Whole or not at all: somebody is waiting for it.
  writeFileSync(join(world, "links", "new"), JSON.stringify({ address, link, code }));
  renameSync(join(world, "links", "new"), join(world, "links", "last"));
}
