import { describe, expect, it } from "vitest";

import { byDay, canUndo, leftOf, nounOfJob, recordsOf, resultOf, tookOf } from "./jobs";

describe("what a job says of itself", () => {
  it("reads the counts of an import and of an upload alike", () => {
    const table = { client: { created: 12, problem: 0 }, event: { updated: 3 } };
    const read = { client: { created: 12 }, event: { updated: 3 } };
    expect(recordsOf({ kind: "import", counts: table })).toEqual(read);
    expect(recordsOf({ kind: "upload", counts: { records: table, moved: 0, uploaded: 12 } })).toEqual(read);
    expect(recordsOf({ kind: "undo", counts: { undone: 3, left: [] } })).toEqual({});
  });

  it("is about appointments only where no client is among its records", () => {
    const appointment = { context: "appointment" };
    expect(nounOfJob({ kind: "import", counts: { event: { created: 5, skipped: 1 } } })).toEqual(appointment);
    expect(nounOfJob({ kind: "upload", counts: { records: { event: { created: 5 } }, uploaded: 5 } })).toEqual(appointment);
    expect(nounOfJob({ kind: "upload", counts: { records: { client: { unchanged: 1 }, event: { updated: 1 } } } })).toEqual({});
    expect(nounOfJob({ kind: "import", counts: null })).toEqual({});
  });

  it("survives counts that are not there or are odd", () => {
    expect(recordsOf({ kind: "import", counts: null })).toEqual({});
    expect(recordsOf({ kind: "upload", counts: { records: ["x"] } })).toEqual({});
    expect(leftOf({ counts: { left: [null, { record: 7 }, { record: { id: "a", record_type: "event" }, fields: ["venue_name", 3] }] } })).toEqual([
      { id: "a", type: "event", fields: ["venue_name"] },
    ]);
  });

  it("offers undo only for an upload that ended and brought something in", () => {
    const upload = { kind: "upload", state: "done", counts: { uploaded: 2 }, completed_at: "2026-05-14T09:00:00Z" } as const;
    expect(canUndo(upload)).toBe(true);
    expect(canUndo({ ...upload, counts: { uploaded: 0 } })).toBe(false);
    expect(canUndo({ ...upload, completed_at: null })).toBe(false);
    expect(canUndo({ ...upload, kind: "import" })).toBe(false);
  });

  it("knows how long it took, and not before the end", () => {
    expect(tookOf({ started_at: "2026-05-14T09:00:00Z", completed_at: "2026-05-14T09:01:40Z" })).toBe(100);
    expect(tookOf({ started_at: "2026-05-14T09:00:00Z", completed_at: null })).toBeNull();
  });

  it("groups by day and keeps the order", () => {
    const at = (created_at: string) => ({ created_at });
    const days = byDay([at("2026-05-14T12:00:00"), at("2026-05-14T09:00:00"), at("2026-05-13T22:00:00")]);
    expect(days.map(({ day, jobs }) => [day, jobs.length])).toEqual([["2026-05-14", 2], ["2026-05-13", 1]]);
  });

  it("takes everything that has not ended as under way", () => {
    expect(resultOf("waiting_review")).toBe("running");
    expect(resultOf("interrupted")).toBe("running");
    expect(resultOf("partial")).toBe("partial");
  });
});
