/** Sentences about a job, from its own counts. */
import type { JobView, Outcome } from "@/api";
import { useFormat, useWords } from "@/i18n";

import { countOf, leftOf, nounOfJob, recordsOf } from "./jobs";

/** In the order people ask for them. */
export const OUTCOMES: readonly Outcome[] = [
  "created", "linked", "updated", "unchanged", "duplicate_waiting", "conflict_waiting", "problem", "skipped", "rejected_by_you", "rejected_by_wedsync",
];

/** One line: "12 new, 3 changed"; empty while there is nothing to count. */
export function useSummary(job: JobView): string {
  const { t } = useWords("history");
  const format = useFormat();
  if (job.kind === "undo") {
    const left = leftOf(job).length;
    const undone = countOf(job, "undone");
    return format.list([
      ...(undone > 0 ? [t("undo.done", { count: undone })] : []),
      ...(left > 0 ? [t("undo.left", { count: left })] : []),
    ]);
  }
  if (job.kind === "upload") {
    const uploaded = countOf(job, "uploaded");
    const moved = countOf(job, "moved");
    return format.list([
      ...(uploaded > 0 ? [t("upload.done", { count: uploaded, ...nounOfJob(job) })] : []),
      ...(moved > 0 ? [t("upload.moved", { count: moved })] : []),
    ]);
  }
  const records = recordsOf(job);
  // Appointments that no client is known for are what such an import is about.
  const clients = records[nounOfJob(job).context === undefined ? "client" : "event"] ?? {};
  return OUTCOMES.flatMap((outcome) => {
    const count = clients[outcome] ?? 0;
    return count === 0 ? [] : [t(`count.${outcome}`, { count, number: format.number(count) })];
  }).join(", ");
}

/** A field's name as words: `wedding_date` is "wedding date". */
export const fieldWords = (field: string): string => field.replace(/^cf_/, "").replaceAll("_", " ");
