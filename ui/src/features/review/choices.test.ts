import { describe, expect, it } from "vitest";

import type { UnitView } from "@/api";

import { allFrom, choosable, decisionsOf, difference, unanswered } from "./choices";

const UNIT: UnitView = {
  seq: 3,
  client_id: "c",
  kind: "conflict",
  state: "pending",
  summary: { names: ["Charlotte", "James"], wedding_date: null, venue: null, email: null, phone: null, counts: {}, changed: null, rows: [], appointment: null },
  ops: [
    {
      hash: "h",
      kind: "update",
      record_type: "person",
      record_id: "p",
      before: { phone: { text: "07700 900381" }, email: null },
      after: { phone: { text: "07700 900318" }, email: "c@example.com" },
      kept_out: { title: "Ms" },
      reason: { id: "reason.crm_changed", params: {} },
    },
  ],
  candidates: [],
  problems: [{ record_id: "q", record_type: "person", field: "phone", found: "07700 90", message: { id: "problem.phone_too_short", params: {} }, fixes: [], required_by_wedsync: false }],
  conflicts: [{ record_id: "j", record_type: "project", field: "venue_name", crm: "Orangery", wedsync: "Log Room", base: "Barn" }],
  resolution: {},
  resolution_before: null,
};

describe("what of a client can be chosen", () => {
  const choices = choosable(UNIT);

  it("puts what needs the person first, and leaves out what only fills a gap", () => {
    expect(choices.map((choice) => choice.id)).toEqual(["j/venue_name", "q/phone", "p/phone", "p/title"]);
    expect(unanswered(choices, new Map()).map((choice) => choice.id)).toEqual(["j/venue_name", "q/phone"]);
  });

  it("takes one side for all that have it, and never answers a problem by that", () => {
    const draft = allFrom(choices, "wedsync", new Map());
    expect([...draft.keys()]).toEqual(["j/venue_name", "p/phone"]);
    expect(unanswered(choices, draft).map((choice) => choice.id)).toEqual(["q/phone"]);
    expect([...allFrom(choices, "crm", new Map()).keys()]).toEqual(["j/venue_name", "p/phone", "p/title"]);
  });

  it("says each answer once, in the order of the panel", () => {
    const draft = new Map([
      ["q/phone", { kind: "text", text: "07700 900900" } as const],
      ["j/venue_name", { kind: "without" } as const],
    ]);
    expect(decisionsOf(choices, draft)).toEqual([
      { kind: "set_value", record_id: "j", field: "venue_name", value: null },
      { kind: "set_value", record_id: "q", field: "phone", value: "07700 900900" },
    ]);
  });

  it("offers nothing for records that were joined just now", () => {
    expect(choosable({ ...UNIT, kind: "linked" }).every((choice) => !choice.editable)).toBe(true);
  });
});

describe("the difference of two texts", () => {
  it("marks what differs, by whole words where letters differ", () => {
    expect(difference("Babington House, Orangery", "Babington House, Log Room")).toEqual({ before: "Babington House, ", changed: "Orangery", after: "" });
    expect(difference("07700 900318", "07700 900381").before).toBe("07700 9003");
    expect(difference("same", "same").changed).toBe("");
  });

  it("gives the whole text back", () => {
    for (const [here, there] of [["£1,575.00", "£3,150.00"], ["Zoë", "Zoe"], ["", "x"], ["aa", "aaa"], ["Anne", "Annette"]] as const) {
      const { before, changed, after } = difference(here, there);
      expect(before + changed + after).toBe(here);
    }
  });
});
