import { describe, expect, it } from "vitest";

import type { Scope, ScopeCounts, StreamCount } from "@/api";

import { isBrought, recordRows, recordsToRead, withAll, withType } from "./records";

const stream = (name: string, record_type: StreamCount["record_type"], always: boolean, count: number | null): StreamCount => ({ stream: name, record_type, always, count });
const COUNTS: ScopeCounts = {
  people_without_job: null,
  months: [],
  undated: 0,
  all_months: true,
  streams: [
    stream("job-type", null, true, 5),
    stream("order", "invoice", false, 191),
    stream("address-book", "person", true, 484),
    stream("note", "communication", false, 100),
    stream("mail", "communication", false, 8),
  ],
};
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

describe("what to bring", () => {
  it("makes one row of each type, people first, helpers not at all", () => {
    expect(recordRows(COUNTS)).toEqual([
      { type: "person", always: true, count: 484 },
      { type: "invoice", always: false, count: 191 },
      { type: "communication", always: false, count: 108 },
    ]);
  });

  it("leaves out what was unticked, and counts what is left", () => {
    const scope = withType(SCOPE, "communication", false);
    expect(scope.excluded_record_types).toEqual(["communication"]);
    expect(recordsToRead(COUNTS, scope)).toEqual({ records: 675, exact: true });
    expect(recordsToRead(COUNTS, withAll(scope))).toEqual({ records: 783, exact: true });
    expect(withType(scope, "communication", true)).toEqual(SCOPE);
  });

  it("brings what is always read, whatever was excluded", () => {
    const scope = withType(SCOPE, "person", false);
    expect(isBrought({ type: "person", always: true, count: 1 }, scope)).toBe(true);
  });

  it("does not make a number of what the CRM does not say", () => {
    const unsure: ScopeCounts = { ...COUNTS, streams: [...COUNTS.streams, stream("sms", "communication", false, null)] };
    expect(recordRows(unsure).at(-1)).toEqual({ type: "communication", always: false, count: null });
    expect(recordsToRead(unsure, SCOPE)).toEqual({ records: 675, exact: false });
  });
});
