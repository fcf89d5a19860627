import { describe, expect, it } from "vitest";

import type { Scope, ScopeCounts } from "@/api";

import { monthSpan } from "./months";

const SCOPE: Scope = {
  excluded_record_types: [],
  from: null,
  until: null,
  historical: true,
  closed: true,
  hidden: false,
  people_without_job: false,
  leave_out_anonymised: true,
};
const counts = (months: ScopeCounts["months"]): ScopeCounts => ({ streams: [], people_without_job: null, months, undated: 3, all_months: true });
const SOME = counts([
  { month: "2024-11", count: 2 },
  { month: "2025-02", count: 5 },
  { month: "2026-06", count: 7 },
]);

describe("weddings by month", () => {
  it("shows empty months between the first and the last", () => {
    const span = monthSpan(SOME, SCOPE, "2026-05-14");
    expect(span?.bars.length).toBe(20);
    expect(span?.bars[1]).toEqual({ month: "2024-12", count: 0, brought: true });
    expect(span?.years).toEqual([
      { year: 2024, at: 0 },
      { year: 2025, at: 2 },
      { year: 2026, at: 14 },
    ]);
    expect([span?.brought, span?.total, span?.undated]).toEqual([14, 14, 3]);
  });

  it("counts what the chosen dates bring", () => {
    expect(monthSpan(SOME, { ...SCOPE, from: "2025-01-01" }, "2026-05-14")?.brought).toBe(12);
    expect(monthSpan(SOME, { ...SCOPE, until: "2025-12-31" }, "2026-05-14")?.brought).toBe(7);
    expect(monthSpan(SOME, { ...SCOPE, historical: false }, "2026-05-14")?.brought).toBe(7);
    expect(monthSpan(SOME, { ...SCOPE, historical: false, from: "2024-01-01" }, "2026-05-14")?.brought).toBe(7);
  });

  it("adds up what is too long ago for a bar of its own", () => {
    const long = monthSpan(counts([{ month: "2010-01", count: 4 }, { month: "2026-12", count: 1 }]), SCOPE, "2026-05-14");
    expect(long?.bars.length).toBe(72);
    expect(long?.bars[0]).toEqual({ month: "2021-01", count: 4, brought: true });
    expect(long?.total).toBe(5);
  });

  it("has nothing to show where no day is known", () => {
    expect(monthSpan(counts([]), SCOPE, "2026-05-14")).toBeNull();
  });
});
