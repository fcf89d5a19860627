/** When it was last read, and what came. */
import { Link } from "@tanstack/react-router";

import { type ConnectionPage, isMessage, type JobView } from "@/api";
import { useCalendarLeft } from "@/app";
import { useFormat, useMessage, useWords } from "@/i18n";
import { Card, Section } from "@/kit";

/** Outcomes of clients in the order in which people ask for them; the history's words. */
const OUTCOMES = ["created", "linked", "updated", "unchanged", "duplicate_waiting", "conflict_waiting", "problem", "skipped", "rejected_by_you", "rejected_by_wedsync"] as const;

export function Reading({ page }: { page: ConnectionPage }) {
  const { t } = useWords("connection");
  const format = useFormat();
  const say = useMessage();
  const left = useCalendarLeft(page.calendar_left);
  const job = page.last_read;
  return (
    <Section title={t("reading")}>
      <Card className="flex flex-col gap-1.5">
        {job === null ? (
          <p className="text-ink2">{t("reading.never")}</p>
        ) : (
          <>
            <p className="font-semibold">{format.moment(job.completed_at ?? job.started_at ?? job.created_at)}</p>
            <p className="text-ink2">{job.state === "failed" && isMessage(job.error) ? say(job.error) : say({ id: `hub.job.${job.state}`, params: {} })}</p>
            <Came job={job} />
            {left !== null && <p className="text-ink2">{left}</p>}
            <p>
              <Link to="/history" className="text-hint">{t("reading.history")}</Link>
            </p>
          </>
        )}
      </Card>
    </Section>
  );
}

function Came({ job }: { job: JobView }) {
  const { t } = useWords("history");
  const { t: own } = useWords("connection");
  const format = useFormat();
  const records = (job.counts as Record<string, Record<string, unknown>> | null) ?? {};
  // A calendar brings appointments, and no client comes with them.
  const noun = records["client"] === undefined && records["event"] !== undefined ? { context: "appointment" as const } : {};
  const clients = records["client"] ?? records["event"] ?? {};
  const parts = OUTCOMES.flatMap((outcome) => {
    const count = clients[outcome];
    return typeof count === "number" && count > 0 ? [t(`count.${outcome}`, { count, number: format.number(count) })] : [];
  });
  if (parts.length > 0) return <p className="num text-ink2">{own("reading.clients", { clients: format.list(parts), ...noun })}</p>;
  // An import whose clients wait has no outcomes yet; what it read is known.
  return job.processed > 0 ? <p className="num text-ink2">{own("reading.records", { count: job.processed, number: format.number(job.processed) })}</p> : null;
}
