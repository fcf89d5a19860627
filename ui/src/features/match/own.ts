/** The supplier's own fields in the CRM: what was chosen for each, and what else it can become. Pure. */
import type { ChosenField, CustomFieldView, FieldChoice, SchemaFieldView } from "@/api";
import type { PlannedName } from "@/app";

import type { Rule } from "./model";
import { FIELD_TYPES } from "./targets";

/** Names a field: ids are unique for a type of record. */
export const ownKey = (field: { record_type: string; external_id: string }) => `${field.record_type} ${field.external_id}`;

/** A choice as one word, for a menu. No field of WedSync is called "new" or "keep" with a colon before it. */
export const wordOf = (choice: FieldChoice): string => (choice.choice === "existing" ? `in:${choice.field}` : choice.choice);

export function choiceOf(word: string): FieldChoice {
  if (word === "new" || word === "keep") return { choice: word };
  return { choice: "existing", field: word.replace(/^in:/, "") };
}

/** The suggestion without what it stands on. */
export const suggestedOf = (field: CustomFieldView): FieldChoice => choiceOf(wordOf(field.suggestion));

/** Fields that nobody has decided about; nothing of them is brought in. */
export const undecided = (fields: readonly CustomFieldView[]) => fields.filter((field) => field.chosen === null);

/** How many go to WedSync, stay, and wait. */
export function tally(fields: readonly CustomFieldView[]): { go: number; stay: number; open: number } {
  const open = undecided(fields).length;
  const stay = fields.filter((field) => field.chosen?.choice === "keep").length;
  return { go: fields.length - open - stay, stay, open };
}

const reads = (rule: Rule, field: CustomFieldView) =>
  rule.record_type === field.record_type && rule.sources.some((source) => source === field.source || `${source}.value` === field.source);

/**
 * WedSync's fields that can hold this one's values as they are: of its type, or text on one side, and not filled by
 * another rule. What is chosen now stays in the list.
 */
export function existingFor(field: CustomFieldView, schema: readonly SchemaFieldView[], rules: readonly Rule[]): SchemaFieldView[] {
  const taken = new Set(rules.filter((rule) => rule.record_type === field.record_type && !reads(rule, field)).map((rule) => rule.wedsync_field));
  const made = field.chosen?.choice === "new" ? rules.find((rule) => reads(rule, field))?.wedsync_field : undefined;
  const now = field.chosen?.choice === "existing" ? field.chosen.field : undefined;
  const fits = (target: SchemaFieldView) => target.value_type === field.value_type || target.value_type === "text" || field.value_type === "text";
  return schema.filter((target) => {
    if (target.record_type !== field.record_type || target.read_only || target.name === made) return false;
    if (target.name === now) return true;
    const known = FIELD_TYPES.some((type) => type === target.value_type);
    const whole = target.value_type !== "array" && (target.value_type !== "json" || field.value_type === "json");
    return known && whole && fits(target) && !taken.has(target.name);
  });
}

/** The names of fields that an upload will make: by the supplier's own words. */
export function ownNames(fields: readonly CustomFieldView[], rules: readonly Rule[]): PlannedName[] {
  return fields.flatMap((field) => {
    const rule = rules.find((each) => reads(each, field) && each.wedsync_field.startsWith("custom."));
    return field.chosen?.choice === "new" && rule !== undefined ? [{ name: rule.wedsync_field, label: field.label }] : [];
  });
}

/** The choices to store for these fields. */
export function chosen(fields: readonly CustomFieldView[], choice: (field: CustomFieldView) => FieldChoice): ChosenField[] {
  return fields.map((field) => ({ record_type: field.record_type, external_id: field.external_id, ...choice(field) }));
}

/** What takes a choice back. A field that was never decided about stays on this computer: nothing comes in either way. */
export const before = (fields: readonly CustomFieldView[]): ChosenField[] => chosen(fields, (field) => field.chosen ?? { choice: "keep" });
