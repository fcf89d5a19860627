import { Braces, Sheet } from "lucide-react";

/** Our own monograms, never logos: letters and hue by provider key. Unknown ones get their first letters and a neutral hue. */
const MARKS: Record<string, { letters: string; hue: number }> = {
  tave: { letters: "Tv", hue: 235 },
  lightblue: { letters: "LB", hue: 215 },
  honeybook: { letters: "HB", hue: 65 },
  seventeen: { letters: "17", hue: 25 },
  shootq: { letters: "SQ", hue: 350 },
  pixieset: { letters: "Px", hue: 185 },
  iris_works: { letters: "IW", hue: 300 },
  dubsado: { letters: "Du", hue: 140 },
  studio_ninja: { letters: "SN", hue: 10 },
  studiocloud: { letters: "SC", hue: 260 },
  sprout_studio: { letters: "SS", hue: 120 },
  cloudspot: { letters: "CS", hue: 200 },
  pictime: { letters: "PT", hue: 330 },
  crm27: { letters: "27", hue: 45 },
  google_contacts: { letters: "GC", hue: 250 },
  google_calendar: { letters: "Gt", hue: 270 },
  calendly: { letters: "Cl", hue: 225 },
  quickbooks: { letters: "QB", hue: 150 },
  zapier: { letters: "Za", hue: 55 },
  make: { letters: "Mk", hue: 310 },
  calendar_feed: { letters: "Ca", hue: 100 },
  custom: { letters: "", hue: 75 },
  spreadsheet: { letters: "", hue: 155 },
  file: { letters: "", hue: 155 },
};

export type MarkSize = 18 | 24 | 30 | 40;

/** Decoration: the CRM's name always stands beside it or in a tooltip. */
export function CrmMark({ provider, name, size = 24 }: { provider: string; name: string; size?: MarkSize }) {
  // A connector that a person made is called `custom:` and a name of its own.
  const key = provider.startsWith("custom:") ? "custom" : provider;
  const mark = MARKS[key] ?? { letters: name.slice(0, 2), hue: 260 };
  const Icon = key === "custom" ? Braces : key === "spreadsheet" || key === "file" ? Sheet : null;
  return (
    <span
      aria-hidden
      // Drawn, not text: a name that is read out elsewhere is not repeated in two letters.
      data-letters={mark.letters}
      className="inline-grid flex-none place-items-center font-bold before:content-[attr(data-letters)]"
      style={{
        width: size,
        height: size,
        borderRadius: size * 0.26,
        fontSize: Math.max(8, size * 0.42),
        lineHeight: 1,
        background: `oklch(var(--mark-tile-l) var(--mark-tile-c) ${String(mark.hue)})`,
        color: `oklch(var(--mark-text-l) var(--mark-text-c) ${String(mark.hue)})`,
      }}
    >
      {Icon !== null && <Icon size={size * 0.55} />}
    </span>
  );
}

/** WedSync's own mark: two rings. */
export function WedSyncMark({ size = 28 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 28 28" aria-hidden className="flex-none">
      <rect width="28" height="28" rx="6" className="fill-fill" />
      <g fill="none" className="stroke-on-pri" strokeWidth="2.2">
        <circle cx="10.7" cy="14" r="5" />
        <circle cx="17.3" cy="14" r="5" />
      </g>
    </svg>
  );
}
