import { describe, expect, it } from "vitest";

import type { ProviderInfo, ProviderRoute } from "@/api";

import { brings, findProviders, knownAs, ofKind, stepOf, waysIn, waysLater, waysOff } from "./providers";

const said = { id: "connector.help.file_any", params: {} };
const route = (kind: ProviderRoute["kind"], works: boolean, recognised = false): ProviderRoute => ({ kind, works, recognised, evidence: recognised ? "specified" : "documented", auth: null, asks: [], needs_address: recognised, help: said, note: null, off_until: null, on_since: null, formats: [], exports: [] });
const provider = (key: string, name: string, aliases: string[], routes: ProviderRoute[], category: ProviderInfo["category"] = "crm"): ProviderInfo => ({
  key,
  name,
  aliases,
  routes,
  category,
  description: said,
  logo: `connectors/${key}.svg`,
  auth_type: "api_key",
  auth_url: null,
  scopes: [],
  rate_limits: { per_minute: null, per_hour: null },
  features: [],
  field_mappings: [],
});

const tave = provider("tave", "Tave", ["vsco", "VSCO Workspace", "Táve"], [route("api", true), route("file", true), route("feed", false)]);
const lightBlue = provider("lightblue", "Light Blue", [], [route("sign_in", false), route("file", true)]);
const iris = provider("iris_works", "Iris Works", [], [route("api", true, true), route("file", true)]);
const own = provider("custom", "Your own CRM", [], [route("api", true, true), route("file", true)], "custom");
const zapier = provider("zapier", "Zapier", [], [route("bridge", false)]);
const KNOWN = [tave, lightBlue];
const found = (search: string) => findProviders(KNOWN, search).map(({ key }) => key);
const kinds = (routes: readonly ProviderRoute[]) => routes.map(({ kind }) => kind);

describe("finding a CRM", () => {
  it("knows it by every name, with and without accents and signs", () => {
    for (const search of ["tave", "TÁVE", "vsco", "workspace"]) expect(found(search), search).toEqual(["tave"]);
    for (const search of ["light blue", "lightblue", "Light-Blue"]) expect(found(search), search).toEqual(["lightblue"]);
  });

  it("shows all while nothing is typed, and none where nothing fits", () => {
    expect(found("  ")).toEqual(["tave", "lightblue"]);
    expect(found("abacus")).toEqual([]);
  });

  it("sorts them by the way in", () => {
    expect(ofKind([tave, lightBlue, zapier], "key")).toEqual([tave]);
    expect(ofKind([tave, lightBlue, zapier], "file")).toEqual([tave, lightBlue]);
    expect(ofKind([tave, lightBlue, zapier], "all")).toHaveLength(3);
  });
});

describe("the way in", () => {
  it("is a documented API first, a file before one that nobody describes", () => {
    expect(kinds(waysIn(tave))).toEqual(["api", "file"]);
    expect(kinds(waysIn(lightBlue))).toEqual(["file"]);
    expect(kinds(waysIn(iris))).toEqual(["file", "api"]);
    expect(kinds(waysIn(own))).toEqual(["api", "file"]);
  });

  it("takes the book of before by a file, and events only of what is new", () => {
    const dubsado = provider("dubsado", "Dubsado", [], [route("bridge", true), route("push", true), route("file", true)]);
    expect(kinds(waysIn(dubsado))).toEqual(["file", "bridge"]);
    expect(waysIn(dubsado).map(stepOf)).toEqual(["files", "connect"]);
  });

  it("is never one that this version has not", () => {
    expect(waysIn(zapier)).toEqual([]);
    expect(kinds(waysLater(tave))).toEqual(["feed"]);
  });

  it("is never one that is switched off, and the others stay", () => {
    const off = { id: "error.off.terms", params: { provider: "Tave" } };
    const switched = { ...tave, routes: tave.routes.map((each) => (each.kind === "api" ? { ...each, off } : each)) };
    expect(kinds(waysIn(switched))).toEqual(["file"]);
    expect(kinds(waysOff(switched))).toEqual(["api"]);
    expect(waysOff(tave)).toEqual([]);
  });

  it("begins with a key or with files", () => {
    expect(waysIn(tave).map(stepOf)).toEqual(["connect", "files"]);
  });

  it("says what comes in by it, and each limit once", () => {
    const limitation = { id: "connector.limit.contacts_only", params: {} };
    const feature = { route: "file", operation: "read", works: true, evidence: "observed" } as const;
    const told = { ...lightBlue, features: [{ ...feature, record: "person", limitation } as const, { ...feature, record: "project", limitation } as const] };
    expect(brings(told, "file").records).toEqual(["person", "project"]);
    expect(brings(told, "file").limits).toHaveLength(1);
    expect(brings(told, "api").records).toEqual([]);
  });

  it("calls a list of any columns what it is", () => {
    expect(knownAs({ ...route("file", true), evidence: "specified" })).toBe("any_list");
    expect(knownAs(route("api", true, true))).toBe("specified");
  });
});
