import { describe, expect, it } from "vitest";

import type { CustomFieldView, SchemaFieldView } from "@/api";

import type { Rule } from "./model";
import { before, chosen, choiceOf, existingFor, ownNames, suggestedOf, tally, wordOf } from "./own";

const field = (over: Partial<CustomFieldView> = {}): CustomFieldView => ({
  record_type: "project",
  external_id: "f1",
  label: "First dance song",
  kind: "TextField",
  value_type: "text",
  choices: [],
  source: "jobs.0.custom_fields.f1.value",
  hidden: false,
  chosen: null,
  suggestion: { choice: "new", confidence: 1, reasons: [] },
  samples: [],
  ...over,
});
const target = (name: string, value_type: string, over: Partial<SchemaFieldView> = {}): SchemaFieldView => ({
  record_type: "project", name, label: "", value_type, required: false, read_only: false, custom: false, choices: [], ...over,
});
const rule = (wedsync_field: string, sources: string[]): Rule => ({
  record_type: "project", wedsync_field, sources, value_type: "text", transforms: [], direction: "import_only", required: false, confirmed: true,
});

describe("a choice as a word", () => {
  it("comes back as it went", () => {
    for (const choice of [{ choice: "new" }, { choice: "keep" }, { choice: "existing", field: "new" }, { choice: "existing", field: "in:odd" }] as const) {
      expect(choiceOf(wordOf(choice))).toEqual(choice);
    }
    expect(suggestedOf(field({ suggestion: { choice: "existing", field: "notes", confidence: 0.9, reasons: [] } }))).toEqual({ choice: "existing", field: "notes" });
  });
});

describe("what a field can become", () => {
  const schema = [
    target("notes", "text"), target("stage", "text"), target("guest_count", "number"), target("people", "array"), target("client_id", "reference"),
    target("venue_address", "json"), target("score", "number", { read_only: true }), target("notes", "text", { record_type: "person" }),
  ];
  const names = (of: CustomFieldView, rules: Rule[]) => existingFor(of, schema, rules).map((each) => each.name);

  it("is what fits and nothing else fills", () => {
    expect(names(field(), [])).toEqual(["notes", "stage", "guest_count"]);
    expect(names(field(), [rule("notes", ["jobs.0.notes"])])).toEqual(["stage", "guest_count"]);
    expect(names(field({ value_type: "date" }), [])).toEqual(["notes", "stage"]);
  });

  it("keeps what is chosen now, and leaves out the field of its own", () => {
    const own = rule("notes", ["jobs.0.custom_fields.f1.value"]);
    expect(names(field({ chosen: { choice: "existing", field: "notes" } }), [own])).toContain("notes");
    const made = target("custom.1", "text", { custom: true });
    const rules = [rule("custom.1", ["jobs.0.custom_fields.f1"])];
    expect(existingFor(field({ chosen: { choice: "new" } }), [made], rules)).toEqual([]);
  });
});

it("an upload's new fields are called as the supplier calls them", () => {
  const rules = [rule("custom.1", ["jobs.0.custom_fields.f1.value"]), rule("custom.2", ["jobs.0.custom_fields.f2.value"])];
  expect(ownNames([field({ chosen: { choice: "new" } }), field({ external_id: "f3", source: "jobs.0.custom_fields.f3.value" })], rules)).toEqual([
    { name: "custom.1", label: "First dance song" },
  ]);
});

it("taking back leaves on this computer what nobody had decided about", () => {
  const fields = [field({ chosen: { choice: "new" } }), field({ external_id: "f2" })];
  expect(tally([...fields, field({ chosen: { choice: "keep" } })])).toEqual({ go: 1, stay: 1, open: 1 });
  expect(before(fields)).toEqual([
    { record_type: "project", external_id: "f1", choice: "new" },
    { record_type: "project", external_id: "f2", choice: "keep" },
  ]);
  expect(chosen([field()], () => ({ choice: "existing", field: "notes" }))).toEqual([{ record_type: "project", external_id: "f1", choice: "existing", field: "notes" }]);
});
