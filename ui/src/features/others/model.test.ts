import { describe, expect, it } from "vitest";

import type { HookEventView, ProviderFeature, ProviderInfo, ProviderRoute } from "@/api";

import { inOrder, needOf, takersOf } from "./model";

const feature = (route: "push" | "bridge" | "api", operation: "create" | "read", works: boolean) => ({ route, operation, works }) as ProviderFeature;
const provider = (key: string, features: ProviderFeature[], kinds = ["push", "bridge", "api"]) => ({ key, features, routes: kinds.map((kind) => ({ kind }) as ProviderRoute) }) as ProviderInfo;

describe("who can be told", () => {
  it("takes those that take something in this version, automations first, each once", () => {
    const inbox = provider("inbox", [feature("push", "create", true)]);
    const later = provider("later", [feature("push", "create", false)]);
    const reads = provider("reads", [feature("bridge", "read", true)]);
    const api = provider("api", [feature("api", "create", true)]);
    const zaps = provider("zaps", [feature("bridge", "create", true), feature("bridge", "create", true)]);
    expect(takersOf([inbox, later, reads, api, zaps]).map((taker) => [taker.provider.key, taker.by])).toEqual([
      ["zaps", "hook"],
      ["inbox", "inbox"],
    ]);
  });
});

describe("what a place needs", () => {
  const place = { state: "on", queued: 0, given_up: 0, why: null } as const;
  const why = { id: "hook.busy", params: {} } as never;
  it("says the worst thing alone", () => {
    expect(needOf(place)).toBeNull();
    expect(needOf({ ...place, queued: 2 })).toBe("waits");
    expect(needOf({ ...place, queued: 2, given_up: 1 })).toBe("given_up");
    expect(needOf({ ...place, state: "ended", queued: 2, given_up: 1 })).toBe("ended");
    expect(needOf({ ...place, state: "off" })).toBeNull();
    expect(needOf({ ...place, state: "off", why })).toBe("off");
  });
  it("shows first what could not be sent", () => {
    const events = (["taken", "queued", "given_up", "taken"] as const).map((state, at) => ({ id: String(at), state }) as HookEventView);
    expect(inOrder(events).map(({ id }) => id)).toEqual(["2", "1", "0", "3"]);
  });
});
