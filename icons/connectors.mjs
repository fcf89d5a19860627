// Draws the mark of each CRM: `node icons/connectors.mjs`. One system for all: two letters of our own on a tile of the CRM's hue, as
// `CrmMark` shows them in the interface. Nobody's logo is taken. The results are in the repository, because the program carries them.
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Key, its name, its letters, its hue. */
const MARKS = [
  ["tave", "Tave", "Tv", 235],
  ["lightblue", "Light Blue", "LB", 215],
  ["honeybook", "HoneyBook", "HB", 65],
  ["seventeen", "17hats", "17", 25],
  ["shootq", "ShootQ", "SQ", 350],
  ["pixieset", "Pixieset", "Px", 185],
  ["iris_works", "Iris Works", "IW", 300],
  ["dubsado", "Dubsado", "Du", 140],
  ["studio_ninja", "Studio Ninja", "SN", 10],
  ["studiocloud", "StudioCloud", "SC", 260],
  ["sprout_studio", "Sprout Studio", "SS", 120],
  ["cloudspot", "CloudSpot", "CS", 200],
  ["pictime", "Pic-Time", "PT", 330],
  ["crm27", "CRM27", "27", 45],
  ["google_contacts", "Google Contacts", "GC", 250],
  ["google_calendar", "Google Calendar", "Gt", 270],
  ["calendly", "Calendly", "Cl", 225],
  ["quickbooks", "QuickBooks Online", "QB", 150],
  ["zapier", "Zapier", "Za", 55],
  ["make", "Make", "Mk", 310],
  ["calendar_feed", "Any calendar", "Ca", 100],
  ["custom", "Your own CRM", "{}", 75],
];

/** Strokes of the letters, in a box of 10 by 14; small letters begin at 5. */
const STROKES = {
  T: "M0 0H10M5 0V14",
  L: "M1 0V14H9",
  H: "M1 0V14M9 0V14M1 7H9",
  B: "M1 0V14H5.6A3.65 3.65 0 0 0 5.6 6.7H1M5.4 6.7A3.35 3.35 0 0 0 5.4 0H1",
  S: "M9 2.7C8.2 1 6.8 0 5 0C2.8 0 1.2 1.4 1.2 3.5C1.2 8 9 5.8 9 10.4C9 12.6 7.3 14 5 14C3 14 1.6 13 0.8 11.2",
  Q: "M5 0A4.7 7 0 1 0 5 14A4.7 7 0 1 0 5 0M6.4 10.6L9.6 14.6",
  P: "M1 14V0H5.6A4 4 0 0 1 5.6 8H1",
  I: "M5 0V14",
  W: "M-1 0L2 14L5 4L8 14L11 0",
  D: "M1 0V14H4A5.4 7 0 0 0 4 0H1",
  N: "M1 14V0L9 14V0",
  C: "M9 2.9A4.9 7 0 1 0 9 11.1",
  G: "M9 2.9A4.9 7 0 1 0 9.2 10.6V7.6H5.8",
  Z: "M1 0H9L1 14H9",
  M: "M0 14V0L5 8.5L10 0V14",
  1: "M2.4 2.8L5.6 0V14",
  2: "M1.2 3.6A3.9 3.6 0 1 1 8.2 5.6L1 14H9",
  7: "M1 0H9L4 14",
  v: "M1 5L5 14L9 5",
  x: "M1.4 5L8.6 14M8.6 5L1.4 14",
  u: "M1.4 5V10.4A3.7 3.6 0 0 0 8.8 10.4M8.8 5V14",
  t: "M4 2V11A2.8 3 0 0 0 8 13.6M1 5.4H8",
  l: "M3 0V14",
  a: "M8.6 5V14M8.6 9.5A3.7 4.5 0 1 0 8.6 9.6",
  k: "M1.4 0V14M8 5L1.4 10.4M4 8.4L8.6 14",
  "{": "M8 0C4.6 0 5.4 2.4 5.4 4.4C5.4 6.2 4.6 7 2.8 7C4.6 7 5.4 7.8 5.4 9.6C5.4 11.6 4.6 14 8 14",
  "}": "M2 0C5.4 0 4.6 2.4 4.6 4.4C4.6 6.2 5.4 7 7.2 7C5.4 7 4.6 7.8 4.6 9.6C4.6 11.6 5.4 14 2 14",
};

/** A colour of the design language, which gives them in OKLCH, as hexadecimal sRGB. */
function hex(lightness, chroma, hue) {
  const [a, b] = [chroma * Math.cos((hue * Math.PI) / 180), chroma * Math.sin((hue * Math.PI) / 180)];
  const [l, m, s] = [
    (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3,
    (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3,
    (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3,
  ];
  const linear = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
  const byte = (value) => {
    const light = Math.min(1, Math.max(0, value));
    const coded = light <= 0.0031308 ? 12.92 * light : 1.055 * light ** (1 / 2.4) - 0.055;
    return Math.round(coded * 255)
      .toString(16)
      .padStart(2, "0");
  };
  return `#${linear.map(byte).join("")}`;
}

const here = dirname(fileURLToPath(import.meta.url));
for (const [key, name, letters, hue] of MARKS) {
  const strokes = [...letters].map((letter, at) => `  <path d="${STROKES[letter]}" transform="translate(${at === 0 ? 13.5 : 34.5} 21) scale(1.6)"/>`);
  const drawing = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" role="img" aria-label="${name}">`,
    `  <rect width="64" height="64" rx="16.6" fill="${hex(0.93, 0.04, hue)}"/>`,
    `  <g fill="none" stroke="${hex(0.4, 0.09, hue)}" stroke-width="2.5" stroke-linecap="round" stroke-linejoin="round">`,
    ...strokes.map((stroke) => `  ${stroke}`),
    "  </g>",
    "</svg>",
    "",
  ];
  writeFileSync(join(here, "connectors", `${key}.svg`), drawing.join("\n"));
}
