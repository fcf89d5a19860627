import { describe, expect, it } from "vitest";

import type { ProviderFeature } from "./generated/rpc";
import { nounOfRoute } from "./names";

const feature = (route: ProviderFeature["route"], record: ProviderFeature["record"], operation: ProviderFeature["operation"] = "read", works = true): ProviderFeature => ({
  route,
  record,
  operation,
  works,
  evidence: "documented",
  limitation: null,
});

describe("what a way in brings", () => {
  it("is called appointments where it brings nothing else", () => {
    const calendar = [feature("feed", "event"), feature("file", "event"), feature("feed", "event", "create", false)];
    expect(nounOfRoute(calendar, "file")).toEqual({ context: "appointment" });
    const both = [feature("api", "person"), feature("api", "event"), feature("feed", "event")];
    expect(nounOfRoute(both, "api")).toEqual({});
    expect(nounOfRoute(both, "feed")).toEqual({ context: "appointment" });
    expect(nounOfRoute([], "file")).toEqual({});
    expect(nounOfRoute([feature("file", "event", "read", false)], "file")).toEqual({});
  });
});
