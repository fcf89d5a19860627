/** What needs the person, where each CRM stands with a running import inside its row, and what is coming up. */
import { Link } from "@tanstack/react-router";
import { ArchiveRestore, ArrowRight, CircleCheck, CirclePause, CloudUpload, Copy, FilePen, HardDrive, KeyRound, ListChecks, Lock, PencilLine, Plus, Split, Unplug } from "lucide-react";
import type { ReactNode } from "react";

import { type AppState, type ConnectionDefinition, type ConnectionView, type HomeOverview, isMessage, isSignedIn, type JobView, nounOf, nounOfRoute, useCommand, useRead } from "@/api";
import { Loaded, Page, TroublePanel, useAppState, useNow, useOnline } from "@/app";
import { useFormat, useMessage, useWords } from "@/i18n";
import { AttentionRow, Badge, Banner, Button, ButtonLink, Card, CoupleName, CrmMark, Section } from "@/kit";

import { Nothing } from "./Nothing";
import { JobProgress } from "./JobProgress";
import { useSummaries, useUnasked, type Waiting } from "./summaries";

export function Home() {
  const { t } = useWords("home");
  const format = useFormat();
  const now = useNow();
  const state = useAppState();
  const some = state.data !== undefined && state.data.connections.length > 0;
  const add = (
    <ButtonLink look="primary" size="sm">
      <Link to="/add" aria-label={t("add")}>
        <Plus size={15} aria-hidden />
        <span className="max-wide:hidden">{t("add")}</span>
      </Link>
    </ButtonLink>
  );
  return (
    <Page title={t("title")} subtitle={format.dayAndMonth(now)} actions={some ? add : undefined}>
      <Loaded query={state}>{(data) => (data.connections.length === 0 ? <Nothing sample={data.profile.kind === "sample"} /> : <Overview state={data} />)}</Loaded>
    </Page>
  );
}

function Overview({ state }: { state: AppState }) {
  const overview = useRead("home.overview", {});
  const unasked = useUnasked(state.connections);
  return (
    <div className="flex flex-col gap-5">
      <LastFailure state={state} />
      <Loaded query={overview} rows={2}>
        {(data) => (
          <>
            <Figures state={state} overview={data} />
            <div className="grid items-start gap-6 desk:grid-cols-[minmax(0,1fr)_16rem]">
              <div className="flex min-w-0 flex-col gap-5">
                <Needs state={state} unasked={unasked} />
                <Crms state={state} unasked={unasked} />
              </div>
              <div className="grid min-w-0 gap-5 max-desk:grid-cols-[repeat(auto-fit,minmax(15rem,1fr))]">
                <ComingUp overview={data} />
                <Here overview={data} />
              </div>
            </div>
          </>
        )}
      </Loaded>
    </div>
  );
}

/** The newest job of all, where it did not get through: said once, in place, with what it means. */
function LastFailure({ state }: { state: AppState }) {
  const { t } = useWords("home");
  const say = useMessage();
  const online = useOnline();
  const jobs = useRead("job.list", { limit: 1 });
  const last = jobs.data?.jobs[0];
  if (last === undefined || last.state !== "failed" || !isMessage(last.error)) return null;
  const crm = state.connections.find((each) => each.id === last.connection_id);
  if (crm === undefined) return null;
  return (
    <Banner
      tone={online ? "bad" : "warn"}
      icon={Unplug}
      title={say(last.error)}
      text={t(`failed.${last.kind}`, { name: crm.name })}
      actions={
        <ButtonLink size="sm">
          <Link to="/history">{t("failed.what")}</Link>
        </ButtonLink>
      }
    />
  );
}

function Figures({ state, overview }: { state: AppState; overview: HomeOverview }) {
  const { t } = useWords("home");
  const format = useFormat();
  const now = useNow();
  const limit = state.signed_in?.connection_limit ?? null;
  const last = state.connections.map((each) => lastRead(each, state.open_jobs)).filter((at) => at !== null).sort().at(-1);
  const figures: { label: string; value: string; note?: string }[] = [
    { label: t("figure.wedsync"), value: format.number(overview.clients_in_wedsync) },
    { label: t("figure.here"), value: format.number(overview.clients_here) },
    { label: t("figure.crms"), value: format.number(state.connections.length), note: limit === null ? undefined : t("figure.of", { limit }) },
    { label: t("figure.last"), value: last === undefined ? t("never") : format.ago(last, now) },
  ];
  return (
    <dl className="grid grid-cols-4 border-b border-line pb-5 max-wide:grid-cols-2 max-wide:gap-y-3">
      {figures.map(({ label, value, note }) => (
        <div key={label} className="flex min-w-0 flex-col-reverse border-l border-line pl-5 first:border-l-0 first:pl-0 max-wide:[&:nth-child(3)]:border-l-0 max-wide:[&:nth-child(3)]:pl-0">
          <dt className="text-hint text-ink2">{label}</dt>
          <dd className="num text-figure font-semibold first-letter:uppercase">
            {value}
            {note !== undefined && <span className="ml-2 text-hint font-normal text-ink2">{note}</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}

interface ConnectionsProps {
  state: AppState;
  unasked: readonly ConnectionView[];
}

/** In the order of what hurts most: sign-ins, what to bring, decisions, duplicates, checks, uploads. */
function Needs({ state, unasked }: ConnectionsProps) {
  const { t } = useWords("home");
  const say = useMessage();
  const waiting = useSummaries(state.connections);
  const read = useRead("definitions.state", {}).data?.connections ?? [];
  const keys = state.connections.filter((each) => each.status === "pending_auth");
  const rows: ReactNode[] = [
    ...keys.map((crm) => (
      <AttentionRow
        key={`key-${crm.id}`}
        tone="warn"
        icon={KeyRound}
        title={t(isSignedIn(crm) ? "need.signIn" : "need.key", { name: crm.name })}
        why={isMessage(crm.error) ? say(crm.error) : t("need.key.why")}
        action={
          <ButtonLink size="sm">
            {isSignedIn(crm) ? (
              <Link to="/add" search={{ step: "connect", connection: crm.id }}>{t("need.signIn.do")}</Link>
            ) : (
              <Link to="/connection" search={{ connection: crm.id }}>{t("need.key.do")}</Link>
            )}
          </ButtonLink>
        }
      />
    )),
    ...read.flatMap((crm) => (crm.off === null ? [] : [<AttentionRow key={`off-${crm.connection_id}`} tone="warn" icon={CirclePause} title={t("need.off", { name: crm.name })} why={say(crm.off)} action={null} />])),
    ...read.flatMap((crm) => (crm.change === null ? [] : [<Changed key={`change-${crm.connection_id}`} crm={crm} change={crm.change} />])),
    ...unasked.map((crm) => (
      <AttentionRow
        key={`bring-${crm.id}`}
        tone="pri"
        icon={ListChecks}
        title={t("need.bring", { name: crm.name })}
        why={t("need.bring.why")}
        action={
          <ButtonLink size="sm">
            <Link to="/add" search={{ step: "bring", connection: crm.id }}>{t("need.bring.do")}</Link>
          </ButtonLink>
        }
      />
    )),
    ...waiting.flatMap((each) => needsOf(each)),
  ];
  if (rows.length === 0) return null;
  return (
    <Section title={t("needs")} note={t("needs.note")}>
      <Card padded={false}>
        <ul>{rows}</ul>
      </Card>
    </Section>
  );
}

/** What an update would change of how a CRM is read: it waits for the person, and until then the CRM is read as before. */
function Changed({ crm, change }: { crm: ConnectionDefinition; change: NonNullable<ConnectionDefinition["change"]> }) {
  const { t } = useWords("home");
  const say = useMessage();
  const agree = useCommand("definitions.agree");
  return (
    <>
      <AttentionRow
        tone="warn"
        icon={FilePen}
        title={t("need.change", { name: crm.name })}
        why={[...change.differences.map(say), t("need.change.why")].join(" ")}
        action={
          <Button size="sm" busy={agree.isPending} onClick={() => agree.mutate({ connection_id: crm.connection_id, standing: change.standing })}>
            {t("need.change.do")}
          </Button>
        }
      />
      {agree.error !== null && (
        <li className="border-b border-line px-4 py-3 last:border-b-0">
          <TroublePanel error={agree.error} />
        </li>
      )}
    </>
  );
}

function needsOf({ connection, summary, duplicates }: Waiting): ReactNode[] {
  const search = { connection: connection.id };
  const noun = nounOf(summary);
  const decide = Math.max(0, summary.waiting - duplicates);
  const rows: ReactNode[] = [];
  if (decide > 0) rows.push(<Need key={`decide-${connection.id}`} what="decide" count={decide} noun={noun} name={connection.name} link={<Link to="/review" search={search} />} />);
  if (duplicates > 0) rows.push(<Need key={`duplicates-${connection.id}`} what="duplicates" count={duplicates} noun={noun} name={connection.name} link={<Link to="/duplicates" search={search} />} />);
  if (summary.ready > 0) rows.push(<Need key={`ready-${connection.id}`} what="ready" count={summary.ready} noun={noun} name={connection.name} link={<Link to="/review" search={search} />} />);
  if (summary.approved > 0) rows.push(<Need key={`upload-${connection.id}`} what="upload" count={summary.approved} noun={noun} name={connection.name} link={<Link to="/review" search={search} />} />);
  return rows;
}

const LOOKS = {
  decide: { tone: "warn", icon: Split },
  duplicates: { tone: "warn", icon: Copy },
  ready: { tone: "pri", icon: PencilLine },
  upload: { tone: "pri", icon: CloudUpload },
} as const;

function Need({ what, count, noun, name, link }: { what: keyof typeof LOOKS; count: number; noun: { context?: "appointment" }; name: string; link: React.ReactElement<{ children?: ReactNode }> }) {
  const { t } = useWords("home");
  const format = useFormat();
  const { tone, icon } = LOOKS[what];
  return (
    <AttentionRow
      tone={tone}
      icon={icon}
      title={t(`need.${what}`, { count, number: format.number(count), ...noun })}
      why={t(`need.${what}.why`, { name })}
      action={
        <ButtonLink size="sm">
          <link.type {...link.props}>{t(`need.${what}.do`)}</link.type>
        </ButtonLink>
      }
    />
  );
}

function Crms({ state, unasked }: ConnectionsProps) {
  const { t } = useWords("home");
  const off = new Set((useRead("definitions.state", {}).data?.connections ?? []).filter((crm) => crm.off !== null).map((crm) => crm.connection_id));
  return (
    <Section title={t("crms")}>
      <Card padded={false}>
        <div aria-hidden className="grid min-h-8 grid-cols-[minmax(0,1.5fr)_5.5rem_8rem_6rem_auto] items-center gap-3 border-b border-line px-4 text-head text-ink2 max-wide:hidden">
          <span>{t("col.crm")}</span>
          <span>{t("col.direction")}</span>
          <span>{t("col.state")}</span>
          <span>{t("col.last")}</span>
          <span className="w-28" />
        </div>
        <ul>
          {state.connections.map((connection) => (
            <Crm key={connection.id} connection={connection} off={off.has(connection.id)} asked={!unasked.includes(connection)} jobs={state.open_jobs.filter((job) => job.connection_id === connection.id)} />
          ))}
        </ul>
      </Card>
    </Section>
  );
}

/** When a CRM was last read: its last finished sync, or the import whose clients wait for the review. */
function lastRead(connection: ConnectionView, jobs: readonly JobView[]): string | null {
  const waiting = jobs.filter((job) => job.connection_id === connection.id && job.state === "waiting_review").map((job) => job.started_at);
  return [connection.last_sync_at, ...waiting].filter((at) => at !== null).sort().at(-1) ?? null;
}

interface CrmProps {
  connection: ConnectionView;
  /** Whether WedSync has switched it off. */
  off: boolean;
  /** Whether it was said what to bring. */
  asked: boolean;
  jobs: readonly JobView[];
}

function Crm({ connection, off, asked, jobs }: CrmProps) {
  const { t } = useWords("home");
  const format = useFormat();
  const now = useNow();
  const start = useCommand("import.start");
  // An import that waits for its review has done its own work.
  const running = jobs.filter((job) => job.state !== "waiting_review");
  const last = lastRead(connection, jobs);
  // A CRM that is called as its account is says which CRM it is instead of saying the same twice.
  const providers = useRead("providers.list", {}).data?.providers;
  const provider = providers?.find((each) => each.key === connection.provider);
  const second = connection.account_name !== connection.name ? connection.account_name : (provider?.name ?? "");
  return (
    <li className="border-b border-line last:border-b-0">
      <div className="grid min-h-14 grid-cols-[minmax(0,1.5fr)_5.5rem_8rem_6rem_auto] items-center gap-3 px-4 py-2.5 max-wide:grid-cols-[minmax(0,1fr)_auto]">
        <div className="flex min-w-0 items-center gap-3">
          <CrmMark provider={connection.provider} name={connection.name} size={30} />
          <div className="min-w-0">
            <p className="truncate font-semibold" title={connection.name}>
              <Link to="/connection" search={{ connection: connection.id }} className="text-ink no-underline hover:underline">{connection.name}</Link>
            </p>
            <p className="truncate text-hint text-ink3" title={second}>{second}</p>
          </div>
        </div>
        <span className="flex items-center gap-1.5 text-small text-ink2 max-wide:hidden">
          <ArrowRight size={14} aria-hidden />
          {t("direction.in")}
        </span>
        <span className="max-wide:hidden">
          <CrmState connection={connection} off={off} running={running} />
        </span>
        <span className="num text-small text-ink2 first-letter:uppercase max-wide:hidden">{running.length > 0 ? t("now") : last === null ? t("never") : format.ago(last, now)}</span>
        <span className="flex w-28 justify-end">
          {running.length === 0 && asked && !off && connection.paused_since === null && (
            <Button size="sm" busy={start.isPending} onClick={() => start.mutate({ connection_id: connection.id })}>
              {last !== null ? t("import.again") : t("import.first")}
            </Button>
          )}
        </span>
      </div>
      {running.length === 0 && asked && !off && <Forecast connection={connection} />}
      {start.error !== null && (
        <div className="px-4 pb-4">
          <TroublePanel error={start.error} onRetry={() => start.mutate({ connection_id: connection.id })} />
        </div>
      )}
      {running.map((job) => (
        <JobProgress key={job.id} job={job} crm={connection.name} noun={nounOfRoute(provider?.features ?? [], connection.route)} />
      ))}
    </li>
  );
}

/** What the next import takes, where that can be known without asking the CRM: a line of its own, which is never cut. */
function Forecast({ connection }: { connection: ConnectionView }) {
  const { t } = useWords("home");
  const say = useMessage();
  const forecast = useRead("import.forecast", { connection_id: connection.id }).data;
  if (forecast === undefined || forecast.counted === "nobody" || forecast.requests === 0) return null;
  return (
    <p className="-mt-1 pr-4 pb-3 pl-14.5 text-hint text-ink3">
      {t("forecast")} <span>{say(forecast.sentence)}</span>
    </p>
  );
}

function CrmState({ connection, off, running }: { connection: ConnectionView; off: boolean; running: readonly JobView[] }) {
  const { t } = useWords("home");
  const say = useMessage();
  const job = running[0];
  if (off) return <Badge tone="warn" icon={CirclePause}>{t("state.off")}</Badge>;
  if (job !== undefined && job.state !== "running" && job.state !== "queued") return <Badge tone="neutral" icon={CirclePause}>{say({ id: `hub.job.${job.state}`, params: {} })}</Badge>;
  if (job !== undefined) return <Badge tone="pri" icon={CloudUpload}>{t(`running.${job.kind}`)}</Badge>;
  if (connection.status === "pending_auth") return <Badge tone="warn" icon={KeyRound}>{t("state.key")}</Badge>;
  if (connection.paused_since !== null) return <Badge tone="neutral" icon={CirclePause}>{t("state.paused")}</Badge>;
  if (connection.status === "error") return <Badge tone="bad" icon={Unplug}>{t("state.failed")}</Badge>;
  return <Badge tone="ok" icon={CircleCheck}>{t("state.connected")}</Badge>;
}

function ComingUp({ overview }: { overview: HomeOverview }) {
  const { t } = useWords("home");
  const format = useFormat();
  if (overview.coming_up.length === 0) return null;
  return (
    <Section title={t("coming")}>
      <Card>
        <ul>
          {overview.coming_up.map((wedding) => {
            const tile = format.tile(wedding.wedding_date);
            return (
              <li key={`${wedding.connection_id}-${String(wedding.seq)}`} className="flex gap-3 border-b border-line py-3 first:pt-0 last:border-b-0 last:pb-0">
                <span aria-hidden className="num grid h-10.5 w-9.5 flex-none content-center rounded-inset border border-line text-center">
                  <span className="text-tiny leading-3 text-ink2">{tile.month}</span>
                  <span className="text-dialog leading-4.5 font-semibold">{tile.day}</span>
                </span>
                <span className="min-w-0">
                  <CoupleName names={wedding.names} as="subject" className="block text-dialog [overflow-wrap:anywhere]" />
                  <span className="sr-only">{format.longDate(wedding.wedding_date)}</span>
                  {wedding.venue !== null && <span className="block truncate text-hint text-ink2" title={wedding.venue}>{wedding.venue}</span>}
                </span>
              </li>
            );
          })}
        </ul>
      </Card>
    </Section>
  );
}

function Here({ overview }: { overview: HomeOverview }) {
  const { t } = useWords("home");
  const format = useFormat();
  return (
    <Section title={t("here")}>
      <Card>
        <ul className="flex flex-col gap-2.5 text-hint text-ink2">
          <li className="flex gap-2.5">
            <HardDrive size={15} className="flex-none" aria-hidden />
            {t("here.clients", { count: overview.clients_here, number: format.number(overview.clients_here) })}
          </li>
          <li className="flex gap-2.5">
            <ArchiveRestore size={15} className="flex-none" aria-hidden />
            {overview.backed_up_at === null ? t("here.noBackup") : t("here.backup", { when: format.moment(overview.backed_up_at) })}
          </li>
          <li className="flex gap-2.5">
            <Lock size={15} className="flex-none" aria-hidden />
            {t("here.keys")}
          </li>
        </ul>
      </Card>
    </Section>
  );
}
