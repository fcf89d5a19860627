/** Catalogues: `core` belongs to the program (src-tauri/crates/core/locales), the others to a feature each. */
import core from "@core-locales/en-GB.json";

import add from "@/locales/en-GB/add.json";
import app from "@/locales/en-GB/app.json";
import connection from "@/locales/en-GB/connection.json";
import duplicates from "@/locales/en-GB/duplicates.json";
import fields from "@/locales/en-GB/fields.json";
import history from "@/locales/en-GB/history.json";
import home from "@/locales/en-GB/home.json";
import kit from "@/locales/en-GB/kit.json";
import match from "@/locales/en-GB/match.json";
import others from "@/locales/en-GB/others.json";
import review from "@/locales/en-GB/review.json";
import settings from "@/locales/en-GB/settings.json";
import welcome from "@/locales/en-GB/welcome.json";

/** Complete; the other languages of the interface say only what differs. */
export const british = { core, add, app, connection, duplicates, fields, history, home, kit, match, others, review, settings, welcome };

type Catalogue = Record<string, string>;

const coreDifferences = import.meta.glob<Catalogue>("@core-locales/en-US.json", { eager: true, import: "default" });
const differences = import.meta.glob<Catalogue>("@/locales/en-US/*.json", { eager: true, import: "default" });

/** What American English says differently, by namespace. */
export const american: Record<string, Catalogue> = Object.fromEntries([
  ...Object.values(coreDifferences).map((catalogue) => ["core", catalogue] as const),
  ...Object.entries(differences).map(
    ([path, catalogue]) => [path.replace(/^.*\/|\.json$/g, ""), catalogue] as const,
  ),
]);
