import sharp from "sharp";
const [kind, ...names] = process.argv.slice(2);
const S = "/work/w-app/tests/e2e/shots/";
for (const n of names) {
  const a = kind === "a" ? "1280-light" : "1280-dark", b = kind === "a" ? "390-dark" : "390-light";
  await sharp({ create: { width: 1690, height: 844, channels: 3, background: "#888" } }).composite([{ input: `${S}${n}-${a}.png`, left: 0, top: 0 }, { input: `${S}${n}-${b}.png`, left: 1300, top: 0 }]).png().toFile(`/tmp/m-${n}.png`);
}
