/** What can be brought, as rows: streams of the CRM joined to what their records become. Pure. */
import type { RecordType, Scope, ScopeCounts } from "@/api";

export interface RecordRow {
  type: RecordType;
  /** Read whatever is chosen: everything else hangs on it. */
  always: boolean;
  /** Nothing where the CRM does not say. */
  count: number | null;
}

/** In the order in which people think of them. */
const ORDER: readonly RecordType[] = ["person", "project", "event", "invoice", "payment", "task", "communication", "document", "form", "client"];

/** One row for each type of record; streams that only serve others (roles, kinds of jobs) are no row. */
export function recordRows(counts: ScopeCounts): readonly RecordRow[] {
  const rows = new Map<RecordType, RecordRow>();
  for (const { record_type: type, always, count } of counts.streams) {
    if (type === null) continue;
    const before = rows.get(type);
    rows.set(type, {
      type,
      always: always || (before?.always ?? false),
      // A sum with an unknown part is unknown.
      count: before === undefined ? count : before.count === null || count === null ? null : before.count + count,
    });
  }
  return [...rows.values()].sort((one, other) => ORDER.indexOf(one.type) - ORDER.indexOf(other.type));
}

/** Whether there is nothing but appointments, which no client is known for. */
export const onlyAppointments = (counts: ScopeCounts): boolean => counts.streams.length > 0 && counts.streams.every(({ record_type: type }) => type === "event");

/** Whether a type is brought under this scope. */
export const isBrought = (row: RecordRow, scope: Scope): boolean => row.always || !scope.excluded_record_types.includes(row.type);

/** The scope with a type taken in or left out. */
export function withType(scope: Scope, type: RecordType, brought: boolean): Scope {
  const others = scope.excluded_record_types.filter((each) => each !== type);
  return { ...scope, excluded_record_types: brought ? others : [...others, type] };
}

/** The scope with everything that can be chosen taken in. */
export const withAll = (scope: Scope): Scope => ({ ...scope, excluded_record_types: [] });

/** Records that would be read, and whether the CRM left some uncounted. */
export function recordsToRead(counts: ScopeCounts, scope: Scope): { records: number; exact: boolean } {
  const brought = recordRows(counts).filter((row) => isBrought(row, scope));
  return { records: brought.reduce((sum, row) => sum + (row.count ?? 0), 0), exact: brought.every((row) => row.count !== null) };
}

/** First days of years, for the choice of wedding dates: far enough back for old bookings, and as far ahead as people book. */
export function years(today: Date): readonly number[] {
  const now = today.getFullYear();
  return Array.from({ length: 15 }, (_, index) => now - 11 + index);
}
