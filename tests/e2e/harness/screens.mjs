// Every screen at 1280 and 390 wide, light and dark: a picture for the documentation, and axe, whose findings fail the
// story. Pictures are written only when SHOTS is set, so that a test run leaves the repository as it was.
import { createRequire } from "node:module";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";

import { root } from "./desk.mjs";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const SIZES = [{ width: 1280, height: 800 }, { width: 390, height: 844 }];
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** Looks at the present screen in both themes and widths; throws with every finding. */
export async function screens(app, name) {
  const found = [];
  for (const size of SIZES) {
    await app.resize(size);
    for (const theme of ["light", "dark"]) {
      await app.theme(theme);
      await app.page.evaluate(async () => {
        await document.fonts.ready;
        // A colour that is inherited moves on only after its parent's has: look again until nothing moves.
        const frame = () => new Promise((done) => requestAnimationFrame(done));
        for (await frame(); document.getAnimations().some((each) => each.playState === "running"); await frame()) {
          await Promise.all(document.getAnimations().map((each) => each.finished.catch(() => undefined)));
        }
      });
      // Past the cover of the page's own policy: the tool is ours, not the page's.
      await app.page.evaluate(`(() => { ${axe} })()`);
      const result = await app.page.evaluate((tags) => window.axe.run(document, { runOnly: tags }), RULES);
      for (const { id, nodes } of result.violations) {
        for (const node of nodes) found.push(`${name} ${size.width} ${theme}: ${id}: ${node.target.join(" ")}: ${node.failureSummary}`);
      }
      const wide = await app.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      if (wide > 0) found.push(`${name} ${size.width}: ${wide} px wider than the window`);
      if (process.env.SHOTS) {
        const folder = join(root, "tests/e2e/shots");
        await mkdir(folder, { recursive: true });
        await app.page.screenshot({ path: join(folder, `${name}-${size.width}-${theme}.png`) });
      }
    }
  }
  await app.resize(SIZES[0]);
  await app.theme("light");
  if (found.length > 0) throw new Error(found.join("\n"));
}
