/**
 * What of a client can be chosen in its panel, and the decisions that the choices become. Pure.
 *
 * Records that a match joined just now go by the id of the client in WedSync, which decisions do not know yet: their fields
 * are shown and not offered.
 */
import type { Decision, ProblemView, RecordType, UnitView, WireMessage } from "@/api";

/** A field with two versions, or with a value that cannot be brought in. */
export interface Choosable {
  id: string;
  recordId: string;
  recordType: RecordType;
  field: string;
  /** A person has to answer before the client can be uploaded. */
  needs: boolean;
  /** Why it stands as it does; nothing where it waits for the person. */
  rule: WireMessage | "kept" | null;
  crm: unknown;
  /** Nothing where the program does not say what WedSync holds. */
  wedsync: unknown;
  /** What stands without an answer. */
  stands: "crm" | "wedsync" | null;
  problem: ProblemView | null;
  editable: boolean;
}

export type Answer = { kind: "value"; value: unknown; side: "crm" | "wedsync" | "fix" } | { kind: "text"; text: string } | { kind: "without" };

export type Draft = ReadonlyMap<string, Answer>;

/** Conflicts and problems first, then what would become another value in WedSync. */
export function choosable(unit: UnitView): Choosable[] {
  const editable = unit.kind !== "linked" && unit.state !== "applied" && unit.state !== "done";
  const conflicts = unit.conflicts.map(
    (each): Choosable => ({
      ...named(each.record_id, each.record_type, each.field),
      needs: true,
      rule: null,
      crm: each.crm,
      wedsync: each.wedsync,
      stands: null,
      problem: null,
      editable,
    }),
  );
  const problems = unit.problems.map(
    (each): Choosable => ({
      ...named(each.record_id, each.record_type, each.field),
      needs: true,
      rule: null,
      crm: each.found,
      wedsync: null,
      stands: null,
      problem: each,
      editable,
    }),
  );
  const changes = unit.ops
    .filter((op) => op.kind === "update" || op.kind === "link")
    .flatMap((op) => [
      ...Object.entries(op.after)
        .filter(([field]) => !isBlank(op.before[field]) && !isList(op.after[field]))
        .map(
          ([field, crm]): Choosable => ({
            ...named(op.record_id, op.record_type, field),
            needs: false,
            rule: op.reason,
            crm,
            wedsync: op.before[field],
            stands: "crm",
            problem: null,
            editable,
          }),
        ),
      ...Object.entries(op.kept_out).map(
        ([field, crm]): Choosable => ({
          ...named(op.record_id, op.record_type, field),
          needs: false,
          rule: "kept",
          crm,
          wedsync: undefined,
          stands: "wedsync",
          problem: null,
          editable,
        }),
      ),
    ]);
  return [...conflicts, ...problems, ...changes];
}

function named(recordId: string, recordType: RecordType, field: string) {
  return { id: `${recordId}/${field}`, recordId, recordType, field };
}

export function isBlank(value: unknown): boolean {
  return value === null || value === undefined || value === "";
}

function isList(value: unknown): boolean {
  return typeof value === "object" && value !== null && !("minor" in value) && !("text" in value) && !("street" in value);
}

/** Fields that still wait for an answer. */
export function unanswered(choices: readonly Choosable[], draft: Draft): Choosable[] {
  return choices.filter((choice) => choice.needs && !draft.has(choice.id));
}

/** The decisions that say what was drafted, in the order of the panel. */
export function decisionsOf(choices: readonly Choosable[], draft: Draft): Decision[] {
  return choices.flatMap((choice): Decision[] => {
    const answer = draft.get(choice.id);
    if (answer === undefined) return [];
    const place = { record_id: choice.recordId, field: choice.field };
    switch (answer.kind) {
      case "value":
        return [{ kind: "set_value", ...place, value: answer.value }];
      case "text":
        return [{ kind: "set_value", ...place, value: answer.text }];
      case "without":
        return [{ kind: "set_value", ...place, value: null }];
    }
  });
}

/** One side for every field that has it. */
export function allFrom(choices: readonly Choosable[], side: "crm" | "wedsync", draft: Draft): Draft {
  const next = new Map(draft);
  for (const choice of choices) {
    if (choice.problem !== null || !choice.editable || choice[side] === undefined) continue;
    next.set(choice.id, { kind: "value", value: choice[side], side });
  }
  return next;
}

/** What two texts have in common at their start and end, and what differs between. */
export function difference(text: string, other: string): { before: string; changed: string; after: string } {
  const [here, there] = [[...text], [...other]];
  let start = 0;
  while (start < here.length && start < there.length && here[start] === there[start]) start += 1;
  let end = 0;
  while (end < here.length - start && end < there.length - start && here[here.length - 1 - end] === there[there.length - 1 - end]) end += 1;
  // Whole words read better than their halves.
  while (start > 0 && start < here.length && /[\p{L}\p{N}]/u.test(here[start - 1] ?? "") && /\p{L}/u.test(here[start] ?? "")) start -= 1;
  const stop = Math.max(start, here.length - end);
  return { before: here.slice(0, start).join(""), changed: here.slice(start, stop).join(""), after: here.slice(stop).join("") };
}
