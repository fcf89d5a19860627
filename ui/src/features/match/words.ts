/** Names of fields and changes, and values as people write them. */
import { useTranslation } from "react-i18next";

import { useFieldNames, useValues } from "@/app";
import { useFormat, useWords } from "@/i18n";

import { labelOf, sample, type Transform } from "./model";
import type { Kind } from "./targets";
import { isChange } from "./transforms";

const SLOTS = ["primary", "partner", "parent", "planner", "other"] as const;

/** `kind` tells apart fields of one name that WedSync calls differently by type of record. */
export function useFieldWords(kind?: Kind) {
  const { i18n } = useTranslation();
  const { t } = useWords("match");
  const format = useFormat();
  const named = useFieldNames();
  const values = useValues();
  // Names come from the program at run time: their type cannot be known here.
  const say = i18n.t as unknown as (key: string, options: Record<string, unknown>) => string;
  const known = (key: string) => (i18n.exists(key, { ns: "match" }) ? say(key, { ns: "match" }) : null);

  const field = (name: string): string => {
    const slot = SLOTS.find((each) => name.startsWith(`${each}.`));
    if (slot !== undefined) return t("slot", { field: field(name.slice(slot.length + 1)), role: t(`slot.${slot}`) });
    return named(name, kind) ?? values.field(name);
  };
  const change = (transform: Transform): string => {
    const detail = transform["order"] ?? transform["to"];
    return known(`change.${transform.kind}.${typeof detail === "string" ? detail : ""}`) ?? (isChange(transform.kind) ? t(`change.${transform.kind}`) : labelOf(transform.kind));
  };
  const value = (found: unknown): string => {
    if (typeof found === "string" && /^\d{4}-\d\d-\d\d$/.test(found)) return format.date(found);
    if (typeof found === "boolean") return t(found ? "default.yes" : "default.no");
    if (typeof found === "object" && found !== null) {
      const { amount, minor, currency } = found as { amount?: unknown; minor?: unknown; currency?: unknown };
      const figure = amount ?? minor;
      if (typeof currency === "string" && typeof figure === "number") return format.money(figure, currency);
    }
    return sample(found);
  };
  return { field, change, value, choice: (name: string) => known(`choice.${name}`) ?? name, parameter: (name: string) => known(`parameter.${name}`) ?? name };
}
