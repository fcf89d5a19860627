/** Names of fields and changes, and values as people write them. */
import { useTranslation } from "react-i18next";

import { useFormat, useWords } from "@/i18n";

import { labelOf, sample, type Transform } from "./model";
import { isChange } from "./transforms";

const SLOTS = ["primary", "partner", "parent", "planner", "other"] as const;

export function useFieldWords() {
  const { i18n } = useTranslation();
  const { t } = useWords("match");
  const format = useFormat();
  // Names come from the program at run time: their type cannot be known here.
  const say = i18n.t as unknown as (key: string, options: Record<string, unknown>) => string;
  const known = (key: string) => (i18n.exists(key, { ns: "match" }) ? say(key, { ns: "match" }) : null);

  const field = (name: string): string => {
    const slot = SLOTS.find((each) => name.startsWith(`${each}.`));
    if (slot !== undefined) return t("slot", { field: field(name.slice(slot.length + 1)), role: t(`slot.${slot}`) });
    return known(`field.${name}`) ?? labelOf(name);
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
