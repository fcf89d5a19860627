/** What a matching can fill: WedSync's own fields, as it last said them. */
import type { SchemaFieldView } from "@/api";

export const FIELD_TYPES = ["text", "email", "phone", "date", "date_time", "number", "boolean", "money", "json", "array"] as const;
export type FieldType = (typeof FIELD_TYPES)[number];

export interface Target {
  /** Name on the wire. */
  field: string;
  type: FieldType;
  /** WedSync refuses a record without it. */
  required: boolean;
  /** Whether the supplier added it. */
  own: boolean;
}

/** Kinds of record, in the order of the tabs. */
export const KINDS = ["person", "project", "event", "invoice", "payment", "task", "document", "communication"] as const;
export type Kind = (typeof KINDS)[number];

/** Lists of other records, which the import ties by itself. */
const RELATIONS: ReadonlySet<string> = new Set(["people", "allocations"]);

/** The fields of a kind that a CRM's field can fill, in WedSync's order: nothing computed, no reference. */
export function targetsOf(kind: Kind, schema: readonly SchemaFieldView[]): Target[] {
  return schema.flatMap((field) => {
    const type = FIELD_TYPES.find((each) => each === field.value_type);
    if (field.record_type !== kind || field.read_only || type === undefined) return [];
    if (type === "array" && RELATIONS.has(field.name)) return [];
    return [{ field: field.name, type, required: field.required, own: field.custom }];
  });
}
