/** Words, dates, numbers and money in the reader's language. No sentence stands anywhere else. */
import i18next from "i18next";
import { initReactI18next } from "react-i18next";

import { american, british } from "./resources";

export { useTranslation as useWords, Trans } from "react-i18next";
export { dateOf, formatFor, useFormat, type Format } from "./format";
export { useMessage, type AnyMessage } from "./message";

/** American spelling follows the system; everyone else reads British. */
export function languageOf(tags: readonly string[]): "en-GB" | "en-US" {
  return tags[0] === "en-US" ? "en-US" : "en-GB";
}

/** `system` stands in sentences that name this computer ("this Mac", "this PC") as i18next context. */
export async function startWords(system: "mac" | "windows" | "other"): Promise<void> {
  const language = languageOf(navigator.languages);
  document.documentElement.lang = language;
  await i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: "en-GB",
    resources: { "en-GB": british, "en-US": american },
    ns: Object.keys(british),
    defaultNS: "app",
    keySeparator: false,
    interpolation: {
      escapeValue: false,
      defaultVariables: {
        here: { mac: "this Mac", windows: "this PC", other: "this computer" }[system],
        vault: { mac: "Keychain", windows: "Credential Manager", other: "the system keyring" }[system],
      },
    },
    returnNull: false,
  });
}
