/** What a job says of itself, read from the open JSON of its counts: pure, so that odd counts can be tried without a screen. */
import { type JobView, nounOfRecords, type Outcome, type Phase } from "@/api";

export type Result = "running" | "done" | "partial" | "failed" | "cancelled";

/** The five results people filter by; everything that has not ended is under way. */
export function resultOf(state: Phase): Result {
  return state === "done" || state === "partial" || state === "failed" || state === "cancelled" ? state : "running";
}

export type OutcomeCounts = Partial<Record<Outcome, number>>;

/** Outcomes by record type, of an import or an upload; an undo counts differently and has none. */
export function recordsOf(job: Pick<JobView, "kind" | "counts">): Record<string, OutcomeCounts> {
  if (job.kind === "undo") return {};
  const counts = asRecord(job.counts);
  const table = job.kind === "upload" ? asRecord(counts["records"]) : counts;
  const rows = Object.entries(table).map(([type, row]) => {
    const numbers = Object.entries(asRecord(row)).filter((cell): cell is [string, number] => typeof cell[1] === "number" && cell[1] > 0);
    return [type, Object.fromEntries(numbers)] as const;
  });
  return Object.fromEntries(rows.filter(([, row]) => Object.keys(row).length > 0));
}

/** What the records of a job are called where all of them are appointments; nothing where there are clients. */
export const nounOfJob = (job: Pick<JobView, "kind" | "counts">): { context?: "appointment" } => nounOfRecords(recordsOf(job));

/** A whole number of the counts, such as `uploaded`; 0 where it is not said. */
export function countOf(job: Pick<JobView, "counts">, name: "uploaded" | "moved" | "undone"): number {
  const value = asRecord(job.counts)[name];
  return typeof value === "number" && value > 0 ? value : 0;
}

/** A record that an undo left as it is. */
export interface Left {
  id: string;
  type: string;
  /** Fields changed since; empty when the whole record is left. */
  fields: readonly string[];
}

export function leftOf(job: Pick<JobView, "counts">): Left[] {
  const left = asRecord(job.counts)["left"];
  if (!Array.isArray(left)) return [];
  return left.flatMap((entry: unknown) => {
    const record = asRecord(asRecord(entry)["record"]);
    const fields = asRecord(entry)["fields"];
    const id = record["id"];
    const type = record["record_type"] ?? record["type"] ?? record["kind"];
    if (typeof id !== "string" || typeof type !== "string") return [];
    return [{ id, type, fields: Array.isArray(fields) ? fields.filter((field) => typeof field === "string") : [] }];
  });
}

/** Only an upload that has ended and brought something into WedSync can be taken back. */
export function canUndo(job: Pick<JobView, "kind" | "state" | "counts" | "completed_at">): boolean {
  return job.kind === "upload" && job.completed_at !== null && countOf(job, "uploaded") > 0;
}

/** Seconds a job took; nothing while it runs. */
export function tookOf(job: Pick<JobView, "started_at" | "completed_at">): number | null {
  if (job.started_at === null || job.completed_at === null) return null;
  const seconds = (new Date(job.completed_at).getTime() - new Date(job.started_at).getTime()) / 1000;
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : null;
}

/** The local day of an instant, for grouping: 2026-05-14. */
export function dayOf(instant: string): string {
  const date = new Date(instant);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${String(date.getFullYear())}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** Jobs under their days, in the order given. */
export function byDay<J extends Pick<JobView, "created_at">>(jobs: readonly J[]): { day: string; jobs: J[] }[] {
  const days: { day: string; jobs: J[] }[] = [];
  for (const job of jobs) {
    const day = dayOf(job.created_at);
    const last = days.at(-1);
    if (last?.day === day) last.jobs.push(job);
    else days.push({ day, jobs: [job] });
  }
  return days;
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}
