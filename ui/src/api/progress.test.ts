import { describe, expect, it } from "vitest";

import { hear, type Logged, reduce, reduceAll, START } from "./progress";

const LOG: Logged[] = [
  { type: "begin", kind: "import", resumed: false },
  { type: "phase", phase: "fetch", detail: "jobs" },
  { type: "tick", done: 40, total: null },
  { type: "waiting_crm", until: "2026-05-14T09:30:00Z" },
  { type: "tick", done: 80, total: 214 },
  { type: "from_a_later_version", more: 1 },
  { type: "phase", phase: "plan", detail: "" },
  { type: "tick", done: 214, total: 214 },
  { type: "end", phase: "waiting_review", error: null, counts: {} },
].map((event, index) => ({ seq: index + 1, event }));

describe("the progress reducer", () => {
  it("shows the same numbers after a reload at any point", () => {
    const whole = reduceAll(START, LOG).progress;
    for (let cut = 0; cut <= LOG.length; cut += 1) {
      // Before the reload, the tail; after it, the log from the start and the tail again.
      const before = reduceAll(START, LOG.slice(0, cut)).progress;
      const reloaded = reduceAll(START, LOG.slice(0, cut)).progress;
      expect(reloaded).toEqual(before);
      expect(reduceAll(reloaded, LOG.slice(cut)).progress).toEqual(whole);
      // The log and the live stream overlap: nothing counts twice.
      expect(reduceAll(reloaded, LOG).progress).toEqual(whole);
    }
  });

  it("leaves an unknown total unknown", () => {
    const progress = reduceAll(START, LOG.slice(0, 3)).progress;
    expect(progress).toMatchObject({ phase: "fetch", detail: "jobs", done: 40, total: null });
  });

  it("says when something was missed, and keeps what it has", () => {
    const some = reduceAll(START, LOG.slice(0, 3)).progress;
    expect(reduce(some, LOG[5]!)).toBe("gap");
    expect(reduceAll(some, [LOG[3]!, LOG[6]!])).toMatchObject({ gap: true, progress: { seq: 4 } });
  });

  it("waits only until the CRM answers again, and ends once", () => {
    expect(reduceAll(START, LOG.slice(0, 4)).progress.waitingUntil).toBe("2026-05-14T09:30:00Z");
    expect(reduceAll(START, LOG.slice(0, 5)).progress.waitingUntil).toBeNull();
    expect(reduceAll(START, LOG).progress.ended).toBe(true);
  });

  it("keeps what a comparison found until the next phase, and numbers only", () => {
    const tick = { seq: 1, event: { type: "tick", done: 3, total: 9, found: { new: 2, problem: 1, odd: "x" } } };
    const progress = reduceAll(START, [tick]).progress;
    expect(progress.found).toEqual({ new: 2, problem: 1 });
    expect(reduceAll(progress, [{ seq: 2, event: { type: "phase", phase: "send", detail: "" } }]).progress.found).toEqual({});
  });

  it("hears of a wait that is not stored without losing its place in the log", () => {
    const some = reduceAll(START, LOG.slice(0, 3)).progress;
    const waiting = hear(some, { type: "waiting_crm", until: "2026-05-14T09:31:00Z" });
    expect(waiting).toEqual({ ...some, waitingUntil: "2026-05-14T09:31:00Z" });
    expect(reduceAll(waiting, LOG.slice(3)).progress).toEqual(reduceAll(START, LOG).progress);
  });

  it("survives events that make no sense", () => {
    for (const event of [null, 7, "x", {}, { type: "tick", done: "many" }, { type: "tick", done: -1, total: Infinity }]) {
      expect(reduce(START, { seq: 1, event })).toMatchObject({ seq: 1, done: 0, total: null });
    }
  });
});
