import { describe, expect, it } from "vitest";

import type { ProviderInfo } from "@/api";

import { findProviders } from "./providers";

const provider = (key: string, name: string, ...aliases: string[]): ProviderInfo => ({ key, name, aliases, description: "", auth: "api_key", needs_address: false });
const KNOWN = [provider("tave", "Tave", "vsco", "VSCO Workspace", "Táve"), provider("light_blue", "Light Blue")];
const found = (search: string) => findProviders(KNOWN, search).map(({ key }) => key);

describe("finding a CRM", () => {
  it("knows it by every name, with and without accents and signs", () => {
    for (const search of ["tave", "TÁVE", "vsco", "workspace"]) expect(found(search), search).toEqual(["tave"]);
    for (const search of ["light blue", "lightblue", "Light-Blue"]) expect(found(search), search).toEqual(["light_blue"]);
  });

  it("shows all while nothing is typed, and none where nothing fits", () => {
    expect(found("  ")).toEqual(["tave", "light_blue"]);
    expect(found("abacus")).toEqual([]);
  });
});
