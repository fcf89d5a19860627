import { describe, expect, it } from "vitest";

import { nounOf } from "@/api";

import { dayOf } from "./words";

describe("what rows are about", () => {
  const counts = [{ kind: "new" as const, state: "pending" as const, count: 3 }];

  it("is called appointments only where nothing else is there", () => {
    expect(nounOf({ counts, appointments: 3 })).toEqual({ context: "appointment" });
    expect(nounOf({ counts, appointments: 2 })).toEqual({});
    expect(nounOf({ counts: [], appointments: 0 })).toEqual({});
    expect(nounOf(undefined)).toEqual({});
  });

  it("has the day of the wedding, or of the appointment", () => {
    expect(dayOf({ wedding_date: "2026-06-13", appointment: null })).toBe("2026-06-13");
    expect(dayOf({ wedding_date: null, appointment: { day: "2026-06-20", time: "14:00" } })).toBe("2026-06-20");
  });
});
