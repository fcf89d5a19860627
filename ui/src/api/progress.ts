/**
 * Progress of a job: a pure reducer over its event log (snapshot + tail by sequence number), so that a reload in the
 * middle shows the same numbers. Deliberately absent: clocks, requests, React.
 *
 * Events (engine/src/progress.rs): begin, phase, tick, waiting_crm, warning, end. Unknown ones are passed over, so that a
 * newer program can say more than this interface understands.
 */
import type { JobEventView } from "./generated/rpc";

export interface Progress {
  /** Position of the last event taken in; the next one must be `seq + 1`. */
  readonly seq: number;
  /** What is being done, a key of `hub.phase.*`; nothing before the first phase. */
  readonly phase: string | null;
  /** The stream being read, where the phase has one. */
  readonly detail: string;
  readonly done: number;
  /** Nothing while the total is unknown: an unknown total looks unknown. */
  readonly total: number | null;
  /** What was found so far, by kind of client (`new`, `changed`, `duplicate`, …); empty before anything is compared. */
  readonly found: Readonly<Record<string, number>>;
  /** Set while the CRM asked us to wait, or the network is away. */
  readonly waitingUntil: string | null;
  /** Whether the log says that the job has ended. */
  readonly ended: boolean;
}

export const START: Progress = {
  seq: 0,
  phase: null,
  detail: "",
  done: 0,
  total: null,
  found: {},
  waitingUntil: null,
  ended: false,
};

/** An event in the log, or as told live. */
export type Logged = Pick<JobEventView, "seq" | "event">;

/** Takes one event in. Events already known change nothing; one that comes too early is refused with `gap`. */
export function reduce(progress: Progress, logged: Logged): Progress | "gap" {
  if (logged.seq <= progress.seq) return progress;
  if (logged.seq > progress.seq + 1) return "gap";
  const event = asRecord(logged.event);
  const next = { ...progress, seq: logged.seq };
  switch (event["type"]) {
    case "begin":
      return { ...START, seq: logged.seq };
    case "phase":
      return { ...next, phase: text(event["phase"]), detail: text(event["detail"]) ?? "", done: 0, total: null, found: {}, waitingUntil: null };
    case "tick":
      return { ...next, done: count(event["done"]) ?? progress.done, total: count(event["total"]), found: counts(event["found"]), waitingUntil: null };
    case "waiting_crm":
    case "wait":
      return { ...next, waitingUntil: text(event["until"]) };
    case "go_on":
      return { ...next, waitingUntil: null };
    case "end":
      return { ...next, waitingUntil: null, ended: true };
    default:
      return next;
  }
}

/** Takes in what is told and not stored, such as a wait of the moment: it has no place in the log. */
export function hear(progress: Progress, event: unknown): Progress {
  const heard = reduce(progress, { seq: progress.seq + 1, event });
  return heard === "gap" ? progress : { ...heard, seq: progress.seq };
}

/** Takes a run of events in, in order; stops at a gap and says so. */
export function reduceAll(progress: Progress, events: readonly Logged[]): { progress: Progress; gap: boolean } {
  let now = progress;
  for (const event of events) {
    const next = reduce(now, event);
    if (next === "gap") return { progress: now, gap: true };
    now = next;
  }
  return { progress: now, gap: false };
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

/** Numbers by name; what is no number is left out. */
function counts(value: unknown): Record<string, number> {
  return Object.fromEntries(Object.entries(asRecord(value)).flatMap(([name, number]) => (count(number) === null ? [] : [[name, Number(number)]])));
}

function text(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function count(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : null;
}
