/** Names of WedSync's fields, and their values as a person reads them. Shared by the screens that show values side by side. */
import { useMemo } from "react";

import { useFormat, useWords } from "@/i18n";

import { useFieldNames } from "./field-names";

export interface Values {
  /** "Wedding date"; a field of the supplier's own by its label; one that has no name shows its wire name. */
  field: (name: string) => string;
  /** "Person", "2 events". */
  records: (type: string, count: number) => string;
  record: (type: string) => string;
  /** The value in words; nothing where there is none. */
  text: (value: unknown) => string | null;
}

type Bag = Record<string, unknown>;

const isBag = (value: unknown): value is Bag => typeof value === "object" && value !== null && !Array.isArray(value);

export function useValues(): Values {
  const { t, i18n } = useWords("fields");
  const format = useFormat();
  const named = useFieldNames();
  return useMemo(() => {
    // Field names come from the program at run time: their type cannot be known here.
    const say = t as unknown as (key: string, options?: Bag) => string;
    const field = (name: string) => (i18n.exists(`field.${name}`, { ns: "fields" }) ? say(`field.${name}`) : (named(name) ?? name.replaceAll("_", " ")));
    const plain = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
    function text(value: unknown): string | null {
      if (value === null || value === undefined || value === "") return null;
      if (typeof value === "boolean") return say(value ? "yes" : "no");
      if (typeof value === "number") return format.number(value);
      if (typeof value === "string") return /^\d{4}-\d{2}-\d{2}$/.test(value) ? format.date(value) : value;
      if (Array.isArray(value)) return value.length === 0 ? null : format.list(value.map((each) => text(each) ?? ""));
      if (!isBag(value)) return plain(value);
      if (typeof value["minor"] === "number" && typeof value["currency"] === "string") return format.money(value["minor"], value["currency"]);
      if (typeof value["text"] === "string") return value["text"];
      // A choice of who somebody is; the last one is none of those listed.
      if ("of" in value && "person" in value) return say("somebodyElse");
      if ("street" in value || "postcode" in value) {
        return ["street", "village", "city", "region", "postcode", "country"].map((part) => value[part]).filter((part) => typeof part === "string" && part !== "").join(", ") || null;
      }
      const entries = Object.values(value);
      if (entries.length === 0) return null;
      const addresses = entries.map((each) => (isBag(each) && typeof each["address"] === "string" ? each["address"] : null));
      return addresses.every((each) => each !== null) ? addresses.join(", ") : say("entries", { count: entries.length });
    }
    return { field, record: (type) => say(`record.${type}`), records: (type, count) => say(`records.${type}`, { count }), text };
  }, [t, i18n, format, named]);
}
