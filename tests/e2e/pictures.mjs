// Makes the pictures of the documentation from those that a run with SHOTS=1 wrote: 64 colours are enough for a screen, and
// keep them small. Kept are the names that ui/docs/screens/README.md lists, all four of each; a name without its pictures, and a picture
// without its name, is an error.
import { readFile, readdir, stat, unlink } from "node:fs/promises";
import { join } from "node:path";

import sharp from "sharp";

import { root } from "./harness/desk.mjs";

const [shots, pictures] = [join(root, "tests/e2e/shots"), join(root, "ui/docs/screens")];
const KINDS = ["1280-light", "1280-dark", "390-light", "390-dark"];
/** What all of them may weigh together. */
const MOST_BYTES = 8 * 1024 * 1024;

const listed = await readFile(join(pictures, "README.md"), "utf8");
// The first column of the table: one name a row.
const names = [...listed.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, name]) => name);
const wanted = new Set(names.flatMap((name) => KINDS.map((kind) => `${name}-${kind}.png`)));
if (names.length === 0) throw new Error("the README lists no screens");

for (const file of await readdir(pictures)) {
  if (file.endsWith(".png") && !wanted.has(file)) await unlink(join(pictures, file));
}
let bytes = 0;
for (const file of wanted) {
  await sharp(join(shots, file)).png({ palette: true, colours: 64, dither: 0, effort: 7, compressionLevel: 9 }).toFile(join(pictures, file));
  bytes += (await stat(join(pictures, file))).size;
}
console.log(`${wanted.size} pictures of ${names.length} screens, ${(bytes / 1024 / 1024).toFixed(1)} MB`);
if (bytes > MOST_BYTES) throw new Error("that is more than a repository should carry");
