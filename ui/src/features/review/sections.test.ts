import { describe, expect, it } from "vitest";

import type { ReviewSummary } from "@/api";

import { countOf, sectionsOf } from "./sections";

const SUMMARY: ReviewSummary = {
  plan_id: "p",
  state: "ready",
  hash: "h",
  guard: null,
  counts: [],
  ready: 185,
  waiting: 26,
  approved: 0,
  outcomes: {},
  appointments: 0,
  new_fields: [],
  headings: [
    { heading: "waiting", kind: "problem", count: 24 },
    { heading: "waiting", kind: "duplicate", count: 2 },
    { heading: "ready", kind: "new", count: 185 },
    { heading: "left_out", kind: "problem", count: 3 },
  ],
};

describe("tabs of the review", () => {
  it("count what waits, and all of the rest", () => {
    expect(countOf("everything", SUMMARY)).toBe(214);
    expect(countOf("problem", SUMMARY)).toBe(24);
    expect(countOf("new", SUMMARY)).toBe(185);
    expect(countOf("conflict", SUMMARY)).toBe(0);
  });

  it("list headings that have clients, what needs the person first", () => {
    expect(sectionsOf("everything", "all", SUMMARY, null).map((section) => section.key)).toEqual(["waiting", "ready", "left_out"]);
    expect(sectionsOf("new", "all", SUMMARY, null)).toEqual([{ key: "ready", filter: { heading: "ready", kind: "new" } }]);
    expect(sectionsOf("everything", "left_out", SUMMARY, null).map((section) => section.key)).toEqual(["left_out"]);
  });

  it("group problems by what is wrong", () => {
    const alike = [{ alike: "person/phone/x", problem: "problem.x", record_type: "person", field: "phone", count: 24 }];
    expect(sectionsOf("problem", "all", SUMMARY, alike)).toEqual([{ key: "person/phone/x", filter: { heading: "waiting", kind: "problem", alike: "person/phone/x" } }]);
  });
});
