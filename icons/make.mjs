// Draws the app's icons: `node icons/make.mjs`. The mark is two rings on ink blue, as in the interface. The results are in the
// repository, because installers and the build need them; run it when the drawing changes.
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { deflateSync } from "node:zlib";

const here = dirname(fileURLToPath(import.meta.url));
const INK = [0x21, 0x51, 0x88];
const PAPER = [0xfd, 0xfc, 0xf9];
/** Samples a pixel in each direction. */
const FINE = 6;
const drawn = new Map();

/** Colour at a point of the drawing, whose side is 28; nothing outside its rounded square. */
function colourAt(x, y) {
  const [margin, radius] = [1.75, 5.5];
  const beyond = (at) => Math.max(margin + radius - at, at - (28 - margin - radius), 0);
  if (Math.hypot(beyond(x), beyond(y)) > radius) return undefined;
  const onRing = (centre) => Math.abs(Math.hypot(x - centre, y - 14) - 4.4) <= 0.95;
  return onRing(11.2) || onRing(16.8) ? PAPER : INK;
}

/** The icon as PNG, with transparent corners. */
function png(size) {
  if (!drawn.has(size)) drawn.set(size, encode(size, pixels(size)));
  return drawn.get(size);
}

function pixels(size) {
  // Each row begins with its filter, which is none.
  const rows = Buffer.alloc(size * (1 + 4 * size));
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const sum = [0, 0, 0, 0];
      for (let sample = 0; sample < FINE * FINE; sample++) {
        const x = column + ((sample % FINE) + 0.5) / FINE;
        const y = row + (Math.floor(sample / FINE) + 0.5) / FINE;
        const colour = colourAt((x * 28) / size, (y * 28) / size);
        if (colour === undefined) continue;
        colour.forEach((value, channel) => (sum[channel] += value));
        sum[3] += 1;
      }
      const at = row * (1 + 4 * size) + 1 + 4 * column;
      if (sum[3] > 0) for (let channel = 0; channel < 3; channel++) rows[at + channel] = Math.round(sum[channel] / sum[3]);
      rows[at + 3] = Math.round((255 * sum[3]) / (FINE * FINE));
    }
  }
  return rows;
}

function encode(size, rows) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.set([8, 6, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(rows, { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(kind, bytes) {
  const body = Buffer.concat([Buffer.from(kind, "latin1"), bytes]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(bytes.length);
  check.writeUInt32BE(checksum(body));
  return Buffer.concat([length, body, check]);
}

/** CRC-32 as PNG wants it. */
function checksum(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}

/** Windows: a directory of PNGs. */
function ico(sizes) {
  const head = Buffer.alloc(6 + 16 * sizes.length);
  head.writeUInt16LE(1, 2);
  head.writeUInt16LE(sizes.length, 4);
  let offset = head.length;
  sizes.forEach((size, index) => {
    const at = 6 + 16 * index;
    head.writeUInt8(size % 256, at);
    head.writeUInt8(size % 256, at + 1);
    head.writeUInt16LE(1, at + 4);
    head.writeUInt16LE(32, at + 6);
    head.writeUInt32LE(png(size).length, at + 8);
    head.writeUInt32LE(offset, at + 12);
    offset += png(size).length;
  });
  return Buffer.concat([head, ...sizes.map(png)]);
}

/** macOS: chunks of a type, a length and a PNG. */
function icns(kinds) {
  const chunks = kinds.map(([kind, size]) => {
    const head = Buffer.alloc(8);
    head.write(kind, "latin1");
    head.writeUInt32BE(png(size).length + 8, 4);
    return Buffer.concat([head, png(size)]);
  });
  const head = Buffer.alloc(8);
  head.write("icns", "latin1");
  head.writeUInt32BE(8 + chunks.reduce((sum, chunk) => sum + chunk.length, 0), 4);
  return Buffer.concat([head, ...chunks]);
}

const save = (name, bytes) => writeFileSync(join(here, name), bytes);
save("32x32.png", png(32));
save("128x128.png", png(128));
save("128x128@2x.png", png(256));
save("icon.png", png(512));
save("icon.ico", ico([16, 24, 32, 48, 64, 256]));
save(
  "icon.icns",
  icns([
    ["icp4", 16],
    ["icp5", 32],
    ["ic07", 128],
    ["ic08", 256],
    ["ic09", 512],
    ["ic10", 1024],
    ["ic11", 32],
    ["ic12", 64],
    ["ic13", 256],
    ["ic14", 512],
  ]),
);
