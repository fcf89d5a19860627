/** Sentences of the program itself: a message id with parameters, rendered from the `core` catalogue. */
import { useCallback } from "react";
import { useTranslation } from "react-i18next";

/** A wire message, or a sentence of the interface's own kit. */
export type AnyMessage = { readonly id: string; readonly params: Readonly<Record<string, string>> } | { readonly local: string };

/** Renders messages that come from the program. An id that this interface does not know yields its plain fallback. */
export function useMessage(): (message: AnyMessage) => string {
  const { i18n } = useTranslation();
  return useCallback(
    (message) => {
      // Ids come from the program at run time: their type cannot be known here.
      const say = i18n.t as unknown as (key: string, options: Record<string, unknown>) => string;
      if ("local" in message) return say(message.local, { ns: "kit" });
      const { count, ...params } = message.params;
      const options: Record<string, unknown> = { ...params, ns: "core" };
      if (count !== undefined) options["count"] = Number(count);
      const known = i18n.exists(message.id, { ...options, ns: "core" });
      return known ? say(message.id, options) : say("message.unknown", { ns: "kit", id: message.id });
    },
    [i18n],
  );
}
