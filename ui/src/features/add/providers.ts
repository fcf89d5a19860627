/** Finding a CRM by any name it is known by. Pure. */
import type { ProviderInfo } from "@/api";

const plain = (text: string): string => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "");

/** Name, key and aliases, without accents, case and signs: "vsco", "Tavé" and "light blue" all find theirs. */
export function findProviders(providers: readonly ProviderInfo[], search: string): readonly ProviderInfo[] {
  const wanted = plain(search);
  if (wanted === "") return providers;
  return providers.filter(({ key, name, aliases }) => [key, name, ...aliases].some((known) => plain(known).includes(wanted)));
}
