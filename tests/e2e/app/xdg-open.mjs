#!/usr/bin/env node
// The system browser of a test's world: stands before the real `xdg-open` on the path, fills the sign-in form over HTTP as
// a person would, and hands the link to a second instance of the app, as the desktop does.
import { execFileSync } from "node:child_process";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { signInByHand } from "./world.mjs";

const world = process.env.HUB_E2E_WORLD;
const { login, password } = JSON.parse(readFileSync(join(world, "servers.json"), "utf8"));
const link = await signInByHand(process.argv[2], login, password);
if (link !== undefined) {
  if (readFileSync(join(world, "browser"), "utf8") === "hands") {
    execFileSync(process.env.HUB_E2E_APP, [link], { stdio: "ignore" });
  }
  // Whole or not at all: somebody is waiting for it.
  writeFileSync(join(world, "links", "new"), link);
  renameSync(join(world, "links", "new"), join(world, "links", "last"));
}
