/** Previewed clients as rows of a table: which field of which record stands in which column. Pure. */
import type { FieldPreview, PreviewRow, WireMessage } from "@/api";

export interface Cell {
  /** As it would be in WedSync; nothing where the CRM says nothing. */
  value: unknown;
  /** As the CRM has it, for what could not be read. */
  before: unknown;
  problem: WireMessage | null;
}

export interface PreviewClient {
  names: readonly [Cell, Cell];
  wedding: Cell;
  venue: Cell;
  phone: Cell;
  email: Cell;
  total: Cell;
}

const NOTHING: Cell = { value: null, before: null, problem: null };

const cell = (field: FieldPreview | undefined): Cell =>
  field === undefined ? NOTHING : { value: field.after ?? null, before: field.before ?? null, problem: field.problem };

/** One previewed client. Wedding and money are those of the job whose wedding has a date, else of the first. */
export function previewClient({ fields }: PreviewRow): PreviewClient {
  const of = (place: string, name: string) => fields.find((field) => field.place === place && field.field === name);
  const jobs = [...new Set(fields.filter((field) => /^jobs\.\d+$/.test(field.place)).map((field) => field.place))];
  const kind = (job: string) => text(of(job, "kind")?.after);
  const job = jobs.find((each) => /wedding/i.test(kind(each) ?? "")) ?? jobs.find((each) => of(each, "wedding_date") !== undefined) ?? jobs[0] ?? "";
  const person = (place: string): Cell => {
    const parts = ["first_name", "last_name"].map((name) => of(place, name));
    const name = parts.map((part) => text(part?.after)).filter((part) => part !== null).join(" ");
    return { value: name === "" ? null : name, before: null, problem: parts.find((part) => part?.problem != null)?.problem ?? null };
  };
  // An appointment without a client is shown by its title, its day and its place.
  const appointment = fields.find((field) => field.place === "appointments.0")?.place;
  if (appointment !== undefined) {
    const [name, day, place] = ["name", "start_date", "location_name"].map((each) => cell(of(appointment, each)));
    return { names: [name ?? NOTHING, NOTHING], wedding: day ?? NOTHING, venue: place ?? NOTHING, phone: NOTHING, email: NOTHING, total: NOTHING };
  }
  return {
    names: [person("primary_contact"), person("partner")],
    wedding: cell(of(job, "wedding_date")),
    venue: cell(of(job, "venue_name")),
    phone: cell(of("primary_contact", "phone") ?? of("partner", "phone")),
    email: cell(of("primary_contact", "email") ?? of("partner", "email")),
    total: cell(of(job, "crm_total")),
  };
}

/** Whether all that is shown are appointments without a client. */
export const areAppointments = (rows: readonly PreviewRow[]): boolean => rows.length > 0 && rows.every(({ fields }) => fields.some((field) => field.place === "appointments.0"));

export interface Found {
  /** Fields of WedSync that got a value in at least one row. */
  matched: number;
  /** Values that somebody has to look at. */
  problems: readonly WireMessage[];
}

/** What the rows say as a whole. */
export function found(rows: readonly PreviewRow[]): Found {
  const matched = new Set<string>();
  const problems: WireMessage[] = [];
  for (const { fields } of rows) {
    for (const { record_type, field, after, problem } of fields) {
      if (after != null) matched.add(`${record_type}.${field}`);
      // The unit of money is one question beside the rows, not a problem of each.
      if (problem !== null) problems.push(problem);
    }
  }
  return { matched: matched.size, problems };
}

export function text(value: unknown): string | null {
  return typeof value === "string" && value.trim() !== "" ? value : typeof value === "number" ? String(value) : null;
}

/** A phone as the CRM wrote it, else in international form. */
export function phoneText(value: unknown): string | null {
  if (typeof value !== "object" || value === null) return text(value);
  const phone = value as { e164?: unknown; text?: unknown };
  return text(phone.e164) ?? text(phone.text);
}

export function moneyOf(value: unknown): { minor: number; currency: string } | null {
  if (typeof value !== "object" || value === null) return null;
  const { minor, currency } = value as { minor?: unknown; currency?: unknown };
  return typeof minor === "number" && typeof currency === "string" && /^[A-Z]{3}$/.test(currency) ? { minor, currency } : null;
}
