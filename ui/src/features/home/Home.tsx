/** What needs the person, and where each CRM stands. */
import { Link } from "@tanstack/react-router";
import { PencilLine, Plus } from "lucide-react";

import type { AppState, ConnectionView } from "@/api";
import { Loaded, Page, useAppState, useNow, useWaiting } from "@/app";
import { useFormat, useWords } from "@/i18n";
import { AttentionRow, ButtonLink, Card, CrmMark, Section } from "@/kit";

import { JobProgress } from "./JobProgress";

export function Home() {
  const { t } = useWords("home");
  const format = useFormat();
  const now = useNow();
  const state = useAppState();
  const add = (
    <ButtonLink look="primary" size="sm">
      <Link to="/add">
        <Plus size={15} aria-hidden />
        {t("add")}
      </Link>
    </ButtonLink>
  );
  return (
    <Page title={t("title")} subtitle={format.dayAndMonth(now)} actions={add}>
      <Loaded query={state}>{(data) => (data.connections.length === 0 ? <Nothing /> : <Overview state={data} />)}</Loaded>
    </Page>
  );
}

function Nothing() {
  const { t } = useWords("home");
  return (
    <div className="mx-auto flex max-w-lg flex-col items-center gap-4 pt-16 text-center">
      <h2 className="serif text-empty">{t("empty.title")}</h2>
      <p className="text-row text-ink2">{t("empty.text")}</p>
      <ButtonLink>
        <Link to="/add">{t("empty.add")}</Link>
      </ButtonLink>
    </div>
  );
}

function Overview({ state }: { state: AppState }) {
  const { t } = useWords("home");
  const waiting = useWaiting(state.connections);
  return (
    <div className="flex flex-col gap-5">
      {waiting.review > 0 && (
        <Section title={t("needs")} note={t("needs.note")}>
          <Card padded={false}>
            <ul>
              <AttentionRow
                tone="pri"
                icon={PencilLine}
                title={t("review.title", { count: waiting.review })}
                why={t("review.why")}
                action={
                  <ButtonLink size="sm">
                    <Link to="/review">{t("review.open")}</Link>
                  </ButtonLink>
                }
              />
            </ul>
          </Card>
        </Section>
      )}
      <Section title={t("crms")}>
        <Card padded={false}>
          <ul>
            {state.connections.map((connection) => (
              <Crm key={connection.id} connection={connection} jobs={state.open_jobs.filter((job) => job.connection_id === connection.id)} />
            ))}
          </ul>
        </Card>
      </Section>
    </div>
  );
}

function Crm({ connection, jobs }: { connection: ConnectionView; jobs: AppState["open_jobs"] }) {
  const { t } = useWords("home");
  const format = useFormat();
  const now = useNow();
  const last = connection.last_sync_at;
  return (
    <li className="border-b border-line p-4 last:border-b-0">
      <div className="flex items-center gap-3">
        <CrmMark provider={connection.provider} name={connection.name} size={30} />
        <div className="min-w-0 flex-1">
          <p className="font-semibold">{connection.name}</p>
          <p className="truncate text-hint text-ink3">{connection.account_name}</p>
        </div>
        <p className="text-hint text-ink2">{last === null ? t("never") : t("last", { when: format.ago(last, now) })}</p>
      </div>
      {jobs.map((job) => (
        <JobProgress key={job.id} job={job} />
      ))}
    </li>
  );
}
