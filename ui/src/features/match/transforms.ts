/** The changes a match can make to a value, and what can be set on each; the list is the program's, closed. */
import type { Transform } from "./model";
import type { FieldType } from "./targets";

export type Parameter =
  | { name: string; as: "choice"; choices: readonly string[]; optional: boolean }
  | { name: string; as: "text" | "number" | "words" | "table"; optional: boolean };

const choice = (name: string, choices: readonly string[], optional = false): Parameter => ({ name, as: "choice", choices, optional });
const text = (name: string, optional = false): Parameter => ({ name, as: "text", optional });
const PARTS = ["title", "first", "middle", "given", "last", "suffix", "full"] as const;
const MARKS = ["point", "comma"] as const;

/** Each change with its parameters. */
export const CHANGES = {
  trim: [],
  case: [choice("to", ["lower", "upper", "sentence"])],
  name_case: [],
  split_name: [choice("part", PARTS)],
  join_names: [],
  couple: [choice("which", ["first", "second"]), choice("part", PARTS)],
  date: [choice("order", ["dmy", "mdy", "ymd"], true)],
  phone: [text("country", true)],
  money: [choice("decimal", MARKS, true), text("currency", true), choice("unit", ["major", "minor"], true)],
  number: [choice("decimal", MARKS, true)],
  boolean: [
    { name: "true_words", as: "words", optional: true },
    { name: "false_words", as: "words", optional: true },
  ],
  value_table: [{ name: "entries", as: "table", optional: false }],
  default: [text("value")],
  prefix: [text("text")],
  suffix: [text("text")],
  extract: [text("regex"), { name: "group", as: "number", optional: false }],
  concat: [text("separator")],
  first_non_empty: [],
  excel_date: [choice("epoch", ["excel1900", "excel1904"])],
  html_to_text: [],
} as const satisfies Record<string, readonly Parameter[]>;

export type ChangeKind = keyof typeof CHANGES;

export const isChange = (kind: string): kind is ChangeKind => kind in CHANGES;

const TEXT: readonly ChangeKind[] = ["trim", "case", "name_case", "split_name", "couple", "value_table", "prefix", "suffix", "extract", "default", "html_to_text"];
const BY_TYPE: Record<FieldType, readonly ChangeKind[]> = {
  text: TEXT,
  email: ["trim", "case", "extract"],
  phone: ["phone", "trim", "extract"],
  date: ["date", "excel_date", "extract", "trim"],
  date_time: ["trim"],
  number: ["number", "extract", "trim"],
  boolean: ["boolean", "trim"],
  money: ["money", "extract", "trim"],
  json: [],
  array: [],
};

/** The changes that make sense for a field of this type and are not there yet. */
export const offered = (type: FieldType, present: readonly Transform[]): ChangeKind[] =>
  BY_TYPE[type].filter((kind) => !present.some((each) => each.kind === kind));

/** A new change with the values it needs. */
export function begun(kind: ChangeKind): Transform {
  const made: Transform = { kind };
  for (const parameter of CHANGES[kind] as readonly Parameter[]) {
    if (parameter.optional) continue;
    if (parameter.as === "choice") made[parameter.name] = parameter.choices[0];
    else if (parameter.as === "table") made[parameter.name] = [];
    else made[parameter.name] = parameter.as === "number" ? 0 : "";
  }
  if (kind === "value_table") made["otherwise"] = { do: "keep" };
  if (kind === "extract") made["regex"] = "(.+)";
  return made;
}
