/** Step 3: what to bring, which weddings, and the consent that goes with it. Counts are the CRM's own. */
import { useNavigate } from "@tanstack/react-router";
import { ArrowLeft, CalendarHeart, FileText, type LucideIcon, MessageSquare, Receipt, ShieldCheck, SquareCheckBig, Users, Wallet } from "lucide-react";
import { useState } from "react";

import { type ConnectionView, isSignedIn, type ProviderInfo, type RecordType, type Scope, type ScopeCounts, useCommand, useRead } from "@/api";
import { Loaded, TroublePanel, useNow } from "@/app";
import { useFormat, useWords } from "@/i18n";
import { Button, Card, Checkbox, Section, Select } from "@/kit";

import { Frame } from "./Frame";
import { Months } from "./Months";
import { monthSpan } from "./months";
import { isBrought, onlyAppointments, recordRows, recordsToRead, withAll, withType, years } from "./records";

/** Version of the sentences that are agreed to here; raised whenever their meaning changes. */
const CONSENT_TEXT = "1";

const ICONS: Record<RecordType, LucideIcon> = {
  client: Users,
  person: Users,
  project: CalendarHeart,
  event: CalendarHeart,
  invoice: Receipt,
  payment: Wallet,
  task: SquareCheckBig,
  communication: MessageSquare,
  document: FileText,
  form: FileText,
};

export function Bring({ provider, connection }: { provider: Pick<ProviderInfo, "key" | "name">; connection: ConnectionView }) {
  const { t } = useWords("add");
  const format = useFormat();
  const navigate = useNavigate();
  const [scope, setScope] = useState<Scope>(connection.scope);
  const [agreed, setAgreed] = useState(false);
  // One request a list of the CRM: asked once, and kept while the wizard is open.
  const counts = useRead("connection.scope_counts", { connection_id: connection.id }, { staleTime: Infinity });
  const save = useCommand("connection.set_scope", {
    onSuccess: () => void navigate({ to: "/add", search: { step: "preview", connection: connection.id } }),
  });
  const name = provider.name;
  const byFile = connection.route === "file";
  const now = useNow();
  const wrongWay = scope.from !== null && scope.until !== null && scope.from > scope.until;
  const span = counts.data === undefined ? null : monthSpan(counts.data, scope, isoDay(now));
  // A calendar holds appointments and nobody: there are no jobs and no contacts to speak of.
  const appointments = counts.data !== undefined && onlyAppointments(counts.data);
  const noun = appointments ? { context: "appointment" as const } : {};
  const total = counts.data === undefined ? null : recordsToRead(counts.data, scope);
  return (
    <Frame
      step="bring"
      provider={provider}
      files={byFile}
      title={t("bring.title", { name })}
      lead={t("bring.lead")}
      footer={
        <>
          {!byFile && (
            <Button look="quiet" className="-ml-3" icon={ArrowLeft} onClick={() => void navigate({ to: "/add", search: isSignedIn(connection) ? { provider: connection.provider } : { step: "connect", connection: connection.id } })}>
              {t("back")}
            </Button>
          )}
          <span className="flex-1" />
          {total !== null && (
            <span className="num text-hint text-ink2" role="status">
              {!total.exact && total.records === 0
                ? t("bring.recordsUnknown")
                : t(total.exact ? "bring.records" : "bring.recordsAtLeast", { count: total.records, number: format.number(total.records) })}
            </span>
          )}
          <Button
            look="primary"
            busy={save.isPending}
            unavailable={wrongWay ? t("bring.wrongWay") : !agreed && t("bring.agreeFirst")}
            onClick={() => save.mutate({ connection_id: connection.id, scope, consent_text_version: CONSENT_TEXT })}
          >
            {t("bring.preview")}
          </Button>
        </>
      }
    >
      <div className="grid items-start gap-6 desk:grid-cols-2">
        <div className="flex min-w-0 flex-col gap-6">
          <Section
            title={t("bring.records.title")}
            note={
              <Button look="link" size="xs" onClick={() => setScope(withAll(scope))}>
                {t("bring.selectAll")}
              </Button>
            }
          >
            <Card padded={false}>
              <Loaded query={counts} rows={6}>
                {(data) => <Records counts={data} scope={scope} onChange={setScope} />}
              </Loaded>
            </Card>
          </Section>
        </div>
        <div className="flex min-w-0 flex-col gap-6">
          <Section title={t("bring.dates", noun)}>
            <Card>
              {span !== null && counts.data !== undefined && (
                <div className="mb-4">
                  <Months span={span} complete={counts.data.all_months} noun={noun} />
                </div>
              )}
              <Dates scope={scope} noun={noun} problem={wrongWay ? t("bring.wrongWay") : undefined} onChange={setScope} />
            </Card>
          </Section>
          {!appointments && <Section title={t("bring.also")}>
            <Card>
              <Checkbox label={t("bring.closed")} checked={scope.closed} onChange={(closed) => setScope({ ...scope, closed })} />
              <Checkbox label={t("bring.hidden", { name })} checked={scope.hidden} onChange={(hidden) => setScope({ ...scope, hidden })} />
              <Checkbox
                label={t("bring.withoutJob")}
                hint={
                  counts.data?.people_without_job == null ? t("bring.withoutJob.later") : t("bring.withoutJob.count", { count: counts.data.people_without_job })
                }
                checked={scope.people_without_job}
                onChange={(people_without_job) => setScope({ ...scope, people_without_job })}
              />
            </Card>
          </Section>}
          <Section title={t("bring.consent")}>
            <Card>
              <Checkbox label={t("bring.agree")} checked={agreed} onChange={setAgreed} />
              <Checkbox
                label={t("bring.forgotten")}
                checked={scope.leave_out_anonymised}
                onChange={(leave_out_anonymised) => setScope({ ...scope, leave_out_anonymised })}
              />
              <p className="mt-3 flex items-center gap-2 border-t border-line pt-3 text-hint text-ink2">
                <ShieldCheck size={15} className="flex-none" aria-hidden />
                {t("bring.noted")}
              </p>
            </Card>
          </Section>
          {save.error !== null && <TroublePanel error={save.error} />}
        </div>
      </div>
    </Frame>
  );
}

/** The day by this computer's calendar; the import itself goes by the studio's. */
const isoDay = (now: Date): string => [String(now.getFullYear()).padStart(4, "0"), String(now.getMonth() + 1).padStart(2, "0"), String(now.getDate()).padStart(2, "0")].join("-");

function Records({ counts, scope, onChange }: { counts: ScopeCounts; scope: Scope; onChange: (scope: Scope) => void }) {
  const { t } = useWords("add");
  const format = useFormat();
  return (
    <ul>
      {recordRows(counts).map((row) => {
        const Icon = ICONS[row.type];
        const brought = isBrought(row, scope);
        return (
          <li key={row.type} className="flex min-h-13 items-center gap-3 border-b border-line px-4 py-1.5 last:border-b-0">
            <span className="min-w-0 flex-1">
              <Checkbox
                label={t(`record.${row.type}`)}
                hint={row.always ? t("bring.always") : undefined}
                icon={Icon}
                checked={brought}
                disabled={row.always}
                onChange={(next) => onChange(withType(scope, row.type, next))}
              />
            </span>
            <span className={brought ? "num w-14 text-right font-[550]" : "num w-14 text-right text-ink3"}>
              {row.count === null ? t("bring.unknown") : format.number(row.count)}
            </span>
          </li>
        );
      })}
    </ul>
  );
}

function Dates({ scope, noun, problem, onChange }: { scope: Scope; noun: { context?: "appointment" }; problem: string | undefined; onChange: (scope: Scope) => void }) {
  const { t } = useWords("add");
  const format = useFormat();
  const now = useNow();
  const any = "any" as string;
  // A date that stands there already stays on offer, whatever the years are.
  const choices = (days: string[], held: string | null, none: string) => [
    { value: any, label: none },
    ...[...new Set(held === null ? days : [...days, held])].sort().map((day) => ({ value: day, label: format.date(day) })),
  ];
  const from = years(now).map((year) => `${String(year)}-01-01`);
  const until = years(now).map((year) => `${String(year)}-12-31`);
  const chosen = (value: string) => (value === any ? null : value);
  return (
    <div className="flex flex-col gap-3">
      <div className="grid grid-cols-2 gap-3">
        <Select label={t("bring.from")} value={scope.from ?? any} choices={choices(from, scope.from, t("bring.anyDate"))} onChange={(value) => onChange({ ...scope, from: chosen(value) })} />
        <Select label={t("bring.until")} value={scope.until ?? any} choices={choices(until, scope.until, t("bring.noEnd"))} problem={problem} onChange={(value) => onChange({ ...scope, until: chosen(value) })} />
      </div>
      <Checkbox label={t("bring.historical", noun)} hint={t("bring.historical.hint")} checked={scope.historical} onChange={(historical) => onChange({ ...scope, historical })} />
    </div>
  );
}
