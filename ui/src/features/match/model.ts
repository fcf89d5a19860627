/** What stands on the two sides and between them. Pure: rules go in, rules come out; whether they hold is the program's word. */
import type { RuleFault } from "@/api";

import type { FieldType, Kind, Target } from "./targets";

export type Direction = "import_only" | "export_only" | "bidirectional";
export type Transform = { kind: string } & Record<string, unknown>;

/** A rule as `mapping.get` and `mapping.set` write it. */
export interface Rule {
  record_type: string;
  wedsync_field: string;
  sources: string[];
  value_type: string;
  transforms: Transform[];
  direction: Direction;
  required: boolean;
  default?: unknown;
  confirmed: boolean;
}

/** A suggestion as `mapping.suggest` writes it. */
export interface Suggestion {
  source: string;
  record_type: string;
  field: string;
  transforms: Transform[];
  confidence: number;
}

/** A field of the CRM. */
export interface Source {
  path: string;
  /** The CRM's own word. */
  label: string;
  custom: boolean;
}

/** A match, in force or only suggested. */
export interface Match {
  field: string;
  source: string | null;
  /** Place in the rules; nothing for a suggestion that is not a rule yet. */
  index: number | null;
  confirmed: boolean;
  /** 0 to 1, where the program said how sure it is. */
  confidence: number | null;
  transforms: Transform[];
}

type Tree = Record<string, unknown>;
const isTree = (value: unknown): value is Tree => typeof value === "object" && value !== null && !Array.isArray(value);

/** Where records of a kind stand in a document, and how a rule writes that. */
const PLACES: Record<Kind, { prefix: string; list?: string }> = {
  person: { prefix: "primary_contact." },
  project: { prefix: "jobs.0." },
  event: { prefix: "jobs.*.events.*.", list: "events" },
  invoice: { prefix: "jobs.*.invoices.*.", list: "invoices" },
  payment: { prefix: "jobs.*.payments.*.", list: "payments" },
  task: { prefix: "jobs.*.tasks.*.", list: "tasks" },
  document: { prefix: "jobs.*.files.*.", list: "files" },
  communication: { prefix: "jobs.*.notes.*.", list: "notes" },
};
/** Parts of a job that are records of their own, or say who takes part. */
const INNER = new Set(["@", "custom_fields", "events", "invoices", "payments", "tasks", "files", "people"]);

/** The records of a kind that a document holds. A document without people or jobs is one row of a file. */
export function recordsOf(kind: Kind, document: unknown): Tree[] {
  if (!isTree(document)) return [];
  if (Array.isArray(document["appointments"])) return kind === "event" ? document["appointments"].filter(isTree) : [];
  if (isFlat(document)) return [document];
  if (kind === "person") return [document["primary_contact"], document["partner"]].filter(isTree);
  const jobs = Array.isArray(document["jobs"]) ? document["jobs"].filter(isTree) : [];
  const list = PLACES[kind].list;
  if (list === undefined) return jobs;
  return jobs.flatMap((job) => (Array.isArray(job[list]) ? (job[list] as unknown[]).filter(isTree) : []));
}

const isFlat = (document: Tree) => !("primary_contact" in document) && !("jobs" in document) && !("appointments" in document);

/** How a rule writes where records of a kind stand in a document: an appointment without a client stands by itself. */
const prefixOf = (kind: Kind, document: unknown): string => (kind === "event" && isTree(document) && "appointments" in document ? "appointments.*." : PLACES[kind].prefix);

/** A key as a path writes it. */
const step = (key: string) => (/^[A-Za-z0-9_$-]+$/.test(key) ? key : `"${key.replaceAll('"', '""')}"`);
const unstep = (path: string) => (path.startsWith('"') ? path.slice(1, -1).replaceAll('""', '"') : path);

/** The last name in a path, as words. */
export function labelOf(path: string): string {
  if (path.startsWith('"')) return unstep(path);
  const last = path.split(".").findLast((part) => !/^(\d+|\*|\?|value)$/.test(part)) ?? path;
  const words = last.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The CRM's fields of a kind: those that rules use, then those that documents hold. */
export function sourcesOf(kind: Kind, rules: readonly Rule[], documents: readonly unknown[]): Source[] {
  const found = new Map<string, Source>();
  for (const rule of rules.filter((each) => each.record_type === kind)) {
    for (const path of rule.sources) found.set(path, { path, label: labelOf(path), custom: path.includes(".custom_fields.") });
  }
  for (const document of documents) {
    const prefix = isTree(document) && isFlat(document) ? "" : prefixOf(kind, document);
    for (const record of recordsOf(kind, document)) {
      for (const [key, value] of Object.entries(record)) {
        if (INNER.has(key) || (key === "notes" && Array.isArray(value))) continue;
        const path = prefix + step(key);
        if (!found.has(path)) found.set(path, { path, label: prefix === "" ? key : labelOf(path), custom: false });
      }
      const custom = record["custom_fields"];
      for (const [id, value] of Object.entries(isTree(custom) ? custom : {})) {
        if (!isTree(value)) continue;
        const path = `${prefix}custom_fields.${step(id)}.value`;
        const name = value["name"];
        found.set(path, { path, label: typeof name === "string" && name !== "" ? name : labelOf(path), custom: true });
      }
    }
  }
  return [...found.values()];
}

/** What a document holds at a source; the first that is not blank. */
export function valueAt(kind: Kind, document: unknown, path: string): unknown {
  const flat = isTree(document) && isFlat(document);
  const prefix = prefixOf(kind, document);
  const rest = flat ? path : path.startsWith(prefix) ? path.slice(prefix.length) : path;
  for (const record of recordsOf(kind, document)) {
    const parts = flat ? [unstep(rest)] : (rest.match(/"(?:[^"]|"")*"|[^.]+/g) ?? []).map(unstep);
    let value: unknown = record;
    for (const part of parts) value = isTree(value) ? value[part] : undefined;
    if (value !== undefined && value !== null && value !== "") return value;
  }
  return undefined;
}

/** A suggestion's path as rules write it. */
export function asRulePath(path: string): string {
  return path
    .replace(/^(partner|people\.\d+)\./, "primary_contact.")
    .replace(/^appointments\.\d+\./, "appointments.*.")
    .replace(/^jobs\.\d+\.(events|invoices|payments|tasks|files|notes)\.\d+\./, "jobs.*.$1.*.")
    .replace(/^jobs\.\d+\./, "jobs.0.");
}

/** All matches of a kind: the rules, then suggestions for fields that nothing fills from fields that fill nothing. */
export function matchesOf(
  kind: Kind,
  targets: readonly Target[],
  rules: readonly Rule[],
  suggestions: readonly Suggestion[],
  sources: readonly Source[],
  dismissed: ReadonlySet<string>,
): Match[] {
  const own = suggestions.filter((each) => each.record_type === kind).map((each) => ({ ...each, source: asRulePath(each.source) }));
  const matches: Match[] = [];
  rules.forEach((rule, index) => {
    if (rule.record_type !== kind) return;
    const said = own.find((each) => each.field === rule.wedsync_field && rule.sources.includes(each.source));
    const from = rule.sources.length === 0 ? [null] : rule.sources;
    for (const source of from) {
      matches.push({ field: rule.wedsync_field, source, index, confirmed: rule.confirmed, confidence: said?.confidence ?? null, transforms: rule.transforms });
    }
  });
  const filled = new Set(matches.map((match) => match.field));
  const used = new Set(matches.map((match) => match.source));
  const known = new Set(targets.map((target) => target.field));
  for (const { field, source, transforms, confidence } of own) {
    if (filled.has(field) || used.has(source) || !known.has(field)) continue;
    if (dismissed.has(suggestionKey(kind, field, source)) || !sources.some((each) => each.path === source)) continue;
    filled.add(field);
    used.add(source);
    matches.push({ field, source, index: null, confirmed: false, confidence, transforms });
  }
  return matches;
}

/** Names a suggestion, to remember that it was put away. */
export const suggestionKey = (kind: Kind, field: string, source: string) => `${kind} ${field} ${source}`;

/** Both sides in an order that draws straight lines; taken once, so that no row moves while somebody works. */
export function sidesOf(targets: readonly Target[], sources: readonly Source[], matches: readonly Match[], extra: readonly string[]): { left: string[]; right: string[] } {
  const fields = [...targets.map((target) => target.field), ...extra];
  const matched = new Map<string, string>();
  for (const match of matches) if (match.source !== null && !matched.has(match.field)) matched.set(match.field, match.source);
  const right = [...fields.filter((field) => matched.has(field)), ...fields.filter((field) => !matched.has(field))];
  const first = right.flatMap((field) => matched.get(field) ?? []);
  const left = [...new Set([...first, ...sources.map((source) => source.path)])];
  return { left, right };
}

/** The target a field name stands for; role slots carry the type of the field behind them. */
export function targetOf(kind: Kind, targets: readonly Target[], field: string, rules: readonly Rule[]): Target {
  const known = targets.find((target) => target.field === field);
  if (known !== undefined) return known;
  const rule = rules.find((each) => each.record_type === kind && each.wedsync_field === field);
  return { field, type: (rule?.value_type ?? "text") as FieldType, required: false, own: field.startsWith("custom.") };
}

/** The rules with this source in this field; what filled the field before gives way. Drawn by a person, so it is ink. */
export function matched(rules: readonly Rule[], kind: Kind, target: Target, source: string, transforms: Transform[] = []): Rule[] {
  const at = rules.findIndex((rule) => rule.record_type === kind && rule.wedsync_field === target.field);
  const before = rules[at];
  const rule: Rule = {
    record_type: kind,
    wedsync_field: target.field,
    sources: [source],
    value_type: target.type,
    transforms,
    direction: before?.direction ?? "import_only",
    required: before?.required ?? target.required,
    default: before?.default,
    confirmed: true,
  };
  return at < 0 ? [...rules, rule] : rules.with(at, rule);
}

/** The rules with one value for a field that no source fills. */
export function fixed(rules: readonly Rule[], kind: Kind, target: Target, value: unknown): Rule[] {
  return [...rules, { record_type: kind, wedsync_field: target.field, sources: [], value_type: target.type, transforms: [], direction: "import_only", required: target.required, default: value, confirmed: true }];
}

export const changed = (rules: readonly Rule[], index: number, change: Partial<Rule>): Rule[] =>
  rules.map((rule, at) => (at === index ? { ...rule, confirmed: true, ...change } : rule));

export const removed = (rules: readonly Rule[], index: number): Rule[] => rules.filter((_, at) => at !== index);

/** The rules with a match accepted: a rule turns to ink, a suggestion becomes one. */
export function accepted(rules: readonly Rule[], kind: Kind, targets: readonly Target[], match: Match): Rule[] {
  if (match.index !== null) return changed(rules, match.index, {});
  return match.source === null ? [...rules] : matched(rules, kind, targetOf(kind, targets, match.field, rules), match.source, match.transforms);
}

/** The faults of one field; those of a missing required field name it in `suggested_fix`. */
export function faultsOf(kind: Kind, field: string, rules: readonly Rule[], faults: readonly RuleFault[]): RuleFault[] {
  return faults.filter((fault) => {
    if (fault.error === "required_unmapped") return fault.suggested_fix === `${kind}.${field}`;
    const rule = rules[fault.index];
    return rule?.record_type === kind && rule.wedsync_field === field;
  });
}

/** A value as one line, for samples. */
export function sample(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return value.map(sample).filter(Boolean).join(", ");
  if (!isTree(value)) return "";
  const text = value["text"] ?? value["name"] ?? value["address"];
  if (typeof text === "string") return text;
  return Object.values(value).map(sample).filter(Boolean).join(", ");
}
