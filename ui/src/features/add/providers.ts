/** Finding a CRM by any name it is known by, and which of its ways in to take. Pure. */
import type { Evidence, ProviderFeature, ProviderInfo, ProviderRoute, RecordType, RouteKind } from "@/api";

const plain = (text: string): string => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "");

/** Name, key and aliases, without accents, case and signs: "vsco", "Tavé" and "light blue" all find theirs. */
export function findProviders(providers: readonly ProviderInfo[], search: string): readonly ProviderInfo[] {
  const wanted = plain(search);
  if (wanted === "") return providers;
  return providers.filter(({ key, name, aliases }) => [key, name, ...aliases].some((known) => plain(known).includes(wanted)));
}

/** What the CRMs are shown by: all, those that take a key, those whose clients come by file. */
export const KINDS = ["all", "key", "file"] as const;
export type Kind = (typeof KINDS)[number];

export function ofKind(providers: readonly ProviderInfo[], kind: Kind): readonly ProviderInfo[] {
  if (kind === "all") return providers;
  return providers.filter((provider) => waysIn(provider).some((route) => (kind === "key" ? route.kind === "api" : route.kind === "file")));
}

/** The ways in that this version has, the one to take first in front. */
export function waysIn(provider: ProviderInfo): readonly ProviderRoute[] {
  const rank = (route: ProviderRoute): number => {
    // Signing in to a site that nobody describes is for whoever has neither a key nor a file.
    if (route.kind === "sign_in") return 4;
    // A calendar holds appointments and no clients.
    if (route.kind === "feed") return 5;
    // Events bring what is new; the book of before comes by a key or a file.
    if (route.kind === "bridge") return 3;
    if (route.kind !== "api") return 1;
    // A documented API is the best there is; one that nobody describes comes after a file, except where it is the whole point.
    return route.recognised && provider.category !== "custom" ? 2 : 0;
  };
  // A place that only takes is no way in.
  return provider.routes
    .filter((route) => route.works && route.off === undefined && route.kind !== "push")
    .sort((one, other) => rank(one) - rank(other));
}

/** What WedSync has switched off, with the reason. */
export const waysOff = (provider: ProviderInfo): readonly ProviderRoute[] => provider.routes.filter((route) => route.off !== undefined);

/** What is known of it and not in this version yet. */
export const waysLater = (provider: ProviderInfo): readonly ProviderRoute[] => provider.routes.filter((route) => !route.works);

/** The step of the wizard at which a way in begins. */
export const stepOf = (route: ProviderRoute): "connect" | "files" => (route.kind === "file" ? "files" : "connect");

/** What comes in by a way, in the order in which people think of it, and what is said against it. */
export function brings(provider: ProviderInfo, route: RouteKind): { readonly records: readonly RecordType[]; readonly limits: readonly ProviderFeature[] } {
  const read = provider.features.filter((feature) => feature.route === route && feature.operation === "read");
  const limits = read.filter((feature, at) => feature.limitation !== null && read.findIndex((each) => each.limitation?.id === feature.limitation?.id) === at);
  return { records: read.map((feature) => feature.record), limits };
}

/** How well a way in is known; a file of any list needs no evidence but the file. */
export const knownAs = (route: ProviderRoute): Evidence | "any_list" => (route.kind === "file" && route.evidence === "specified" ? "any_list" : route.evidence);
