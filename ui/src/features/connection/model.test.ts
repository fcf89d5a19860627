import { describe, expect, it } from "vitest";

import type { ConnectionPage, ProviderFeature } from "@/api";

import { daysSince, needOf, permissions, usedOf, waysOf } from "./model";

const feature = (over: Partial<ProviderFeature>): ProviderFeature => ({ route: "api", record: "person", operation: "read", works: true, evidence: "documented", limitation: null, ...over });

describe("what may be done", () => {
  it("is told by kind of records, for the way in use alone", () => {
    const limitation = { id: "connector.limit.no_money", params: {} };
    const rows = permissions({
      way: "api",
      features: [
        feature({}),
        feature({ operation: "create", works: false }),
        feature({ operation: "update", works: false, limitation }),
        feature({ record: "event", evidence: "observed", limitation }),
        feature({ record: "event", limitation }),
        feature({ record: "payment", operation: "create", works: true }),
        feature({ route: "file", record: "invoice" }),
      ],
    });
    expect(rows).toEqual([
      { record: "person", read: true, write: "later", evidence: "documented", limits: [limitation] },
      { record: "event", read: true, write: "none", evidence: "observed", limits: [limitation] },
      { record: "payment", read: false, write: "works", evidence: "documented", limits: [] },
    ]);
  });

  it("never says more than is known", () => {
    expect(permissions({ way: "file", features: [feature({})] })).toEqual([]);
    expect(permissions({ way: "api", features: [feature({ works: false })] })[0]?.read).toBe(false);
  });
});

describe("ways", () => {
  const way = (kind: "api" | "file" | "bridge", works: boolean) => ({ kind, works }) as ConnectionPage["ways"][number];
  it("puts the one in use apart, and those of this version first", () => {
    const { used, others } = waysOf({ way: "api", ways: [way("bridge", false), way("api", true), way("file", true)] });
    expect([used?.kind, others.map(({ kind }) => kind)]).toEqual(["api", ["file", "bridge"]]);
    expect(waysOf({ way: "file", ways: [] })).toEqual({ used: undefined, others: [] });
  });
});

describe("a window of requests", () => {
  const window = (requests: number, left: number) => ({ requests, left, per_seconds: 60, oldest_leaves_at: null });
  it("is drawn as it is: a little is seen, all is all, and no more", () => {
    expect(usedOf(window(1000, 1000))).toEqual({ used: 0, share: 0, full: false });
    expect(usedOf(window(1000, 999))).toEqual({ used: 1, share: 1, full: false });
    expect(usedOf(window(1000, 1))).toEqual({ used: 999, share: 99, full: false });
    expect(usedOf(window(60, 0))).toEqual({ used: 60, share: 100, full: true });
    expect(usedOf(window(0, 0))).toEqual({ used: 0, share: 0, full: false });
  });
});

describe("what the person is asked for", () => {
  const page = (status: string, more: { paused?: boolean; due?: boolean; with?: string; off?: boolean; switched?: string | null } = {}) =>
    ({
      connection: { status, paused_since: more.paused === true ? "2026-05-14T08:00:00Z" : null },
      opening: { with: more.with ?? "key", renew_due: more.due ?? false },
      way: "api",
      ways: [{ kind: "api", off_until: more.switched === undefined ? null : { id: "connector.terms.undocumented", params: {} }, on_since: more.switched ?? null, ...(more.off === true && { off: { id: "error.off.changed", params: {} } }) }],
    }) as unknown as ConnectionPage;
  it("is one thing, what stops it first", () => {
    expect(needOf(page("connected"))).toBeNull();
    expect(needOf(page("sync_in_progress"))).toBeNull();
    expect(needOf(page("pending_auth", { paused: true, due: true }))).toBe("key");
    expect(needOf(page("pending_auth", { with: "sign_in" }))).toBe("sign_in");
    expect(needOf(page("pending_auth", { with: "session" }))).toBe("session");
    expect(needOf(page("error", { due: true }))).toBe("failed");
    expect(needOf(page("connected", { paused: true, due: true }))).toBe("paused");
    expect(needOf(page("connected", { due: true }))).toBe("renew");
    expect(needOf(page("pending_auth", { off: true, paused: true }))).toBe("off");
    expect(needOf(page("pending_auth", { with: "session", switched: null }))).toBe("way_off");
    expect(needOf(page("pending_auth", { with: "session", switched: "2026-05-01T08:00:00Z" }))).toBe("session");
  });
});

it("counts whole days and never less than none", () => {
  const now = new Date("2026-05-14T08:00:00Z");
  expect(daysSince("2026-05-12T09:00:00Z", now)).toBe(1);
  expect(daysSince("2026-05-20T00:00:00Z", now)).toBe(0);
});
