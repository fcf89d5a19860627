// A site that somebody signs in to, seen from outside: what it was asked, what it has, and what of it is left on this computer.
import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { files, leaks } from "./canary.mjs";

/** What the test itself put into the world: the servers' own words, and what their browser was given. */
const OURS = ["servers.json", "links"];
/** Words of the sites' own pages, in their scripts and markup. */
const PAGES = ["requestSubmit", "person-row", "Signed in as <b class=owner>"];

/** The site behind what the sandbox said of it. */
export const siteOf = ({ control, secret }) => {
  const ask = async (what, method = "GET") => (await fetch(`${control}/${what}`, { method })).json();
  return {
    secret,
    visits: () => ask("visits"),
    couples: () => ask("couples"),
    signOut: () => ask("sign-out", "POST"),
    /** From now on a script draws no more than what is seen without scrolling. */
    lazy: () => ask("lazy", "POST"),
    usual: () => ask("usual", "POST"),
  };
};

/** Whether pages of the site are shown somewhere: their scripts ask for this again and again. */
export async function isOpen(site) {
  const alive = async () => (await site.visits()).filter(({ what }) => what === "/alive").length;
  const before = await alive();
  await new Promise((done) => setTimeout(done, 1_000));
  return (await alive()) > before;
}

/**
 * Searches everything below the world for the site: its cookies, its pages, and the people on them. Then puts one of each there, which
 * has to be found: a search that sees nothing would find nothing either.
 */
export async function nothingLeft(world, site) {
  const people = (await site.couples()).flatMap(({ email }, at) => [{ name: `e-mail ${at + 1}`, sort: "secret", text: email }]);
  assert.ok(people.length > 30, `the site has ${people.length} couples`);
  const pages = PAGES.map((text, at) => ({ name: `page ${at + 1}`, sort: "secret", text }));
  const needles = [{ name: "session", sort: "secret", text: site.secret }, ...pages, ...people];
  const look = () => leaks(needles, files(world.dir, [...OURS, ...world.brought]));
  assert.deepEqual(look(), [], "of the site nothing is in any file but sealed");
  const planted = join(world.dir, "home", "planted");
  writeFileSync(planted, Buffer.from(`${site.secret}0123 ${PAGES[1]} ${people[30].text}`, "utf16le"));
  const found = look();
  for (const name of ["e-mail 31", "page 2", "session"]) assert.ok(found.includes(`file home/planted: ${name} as utf16le`), `not seen: ${name}`);
  rmSync(planted);
}
