/**
 * Clients that may already be in WedSync: why we think so, both side by side, and the decision.
 *
 * Deliberately absent: merging two records that WedSync already holds; here a client that comes in is joined to one, kept
 * separate, or left for later.
 */
import { useNavigate } from "@tanstack/react-router";
import { ChevronLeft, Copy, Link2 } from "lucide-react";
import { useRef } from "react";

import { type ConnectionView, type ReviewRow, type UnitView, useRead } from "@/api";
import { FieldNamesProvider, Keys, Loaded, Page, type PageProps, type PlannedName, TroublePanel, useAppState, useNarrow, useShortcuts } from "@/app";
import { useFormat, useWords } from "@/i18n";
import { Badge, Button, CoupleName, Empty, useAnnounce } from "@/kit";

import { Compare } from "./Compare";
import { useDuplicateDecision } from "./decide";
import { Evidence } from "./Evidence";
import { duplicatesRoute } from "./route";

export function Duplicates() {
  const { t } = useWords("duplicates");
  const wanted = duplicatesRoute.useSearch().connection;
  const state = useAppState();
  const connection = state.data?.connections.find((each) => wanted === undefined || each.id === wanted);
  if (connection !== undefined) return <Groups key={connection.id} connection={connection} />;
  return (
    <Page title={t("title")}>
      <Loaded query={state}>{() => <None />}</Loaded>
    </Page>
  );
}

function None() {
  const { t } = useWords("duplicates");
  return <Empty icon={Copy} title={t("empty")} text={t("empty.text")} />;
}

const NONE_PLANNED: readonly PlannedName[] = [];

function Groups({ connection }: { connection: ConnectionView }) {
  const { t } = useWords("duplicates");
  const format = useFormat();
  const rows = useRead("review.list", { connection_id: connection.id, kind: "duplicate", heading: "waiting", limit: 500 }, { retry: false });
  const planned = useRead("review.counts", { connection_id: connection.id }, { retry: false }).data?.new_fields;
  const count = rows.data?.total ?? 0;
  const frame: PageProps = {
    title: t("title"),
    subtitle: count === 0 ? connection.name : t("subtitle", { count, number: format.number(count), crm: connection.name }),
    children: null,
  };
  if (rows.data !== undefined && rows.data.rows.length > 0) {
    return (
      <FieldNamesProvider planned={planned ?? NONE_PLANNED}>
        <Some connection={connection} rows={rows.data.rows} frame={frame} />
      </FieldNamesProvider>
    );
  }
  // No plan is no duplicate: the review says what to do then.
  return <Page {...frame}>{rows.error !== null ? <None /> : <Loaded query={rows}>{() => <None />}</Loaded>}</Page>;
}

function Some({ connection, rows, frame }: { connection: ConnectionView; rows: readonly ReviewRow[]; frame: PageProps }) {
  const { t } = useWords("duplicates");
  const narrow = useNarrow();
  const navigate = useNavigate();
  const wanted = duplicatesRoute.useSearch().client;
  const chosen = rows.find((row) => row.seq === wanted) ?? (narrow ? undefined : rows[0]);
  const open = (client: number | undefined) => void navigate({ to: "/duplicates", search: (before) => ({ ...before, client }) });
  const unit = useRead("review.unit", { connection_id: connection.id, seq: chosen?.seq ?? 0 }, { enabled: chosen !== undefined });
  const decision = useDuplicateDecision(connection.id);
  const announce = useAnnounce();
  const list = useRef<HTMLDivElement>(null);
  const format = useFormat();
  const names = chosen === undefined ? "" : format.list(chosen.summary.names);
  const at = chosen === undefined ? -1 : rows.indexOf(chosen);
  const next = () => {
    const following = rows[at + 1] ?? rows.find((row) => row !== chosen);
    open(narrow ? undefined : following?.seq);
  };
  const best = unit.data?.seq === chosen?.seq ? unit.data?.candidates[0] : undefined;
  const decide = async (how: "link" | "create") => {
    if (chosen === undefined || (how === "link" && best === undefined) || decision.busy) return;
    const label = t(how === "link" ? "did.link" : "did.create", { names });
    const taken = await decision.decide(chosen.seq, how === "link" ? { kind: "link", client_id: best?.client_id ?? "" } : { kind: "create_anyway" }, label);
    if (!taken) return;
    announce(label);
    next();
  };
  useShortcuts(t("shortcuts"), [
    { keys: "m", label: t("link"), run: () => void decide("link") },
    { keys: "k", label: t("create"), run: () => void decide("create") },
    { keys: "s", label: t("skip"), run: next },
  ]);
  const footer =
    chosen === undefined ? undefined : (
      <>
        <span className="flex-1 text-hint text-ink3 max-desk:hidden">{t("note")}</span>
        <Button look="quiet" onClick={next}>
          {t("skip")}
          {!narrow && <Keys keys="s" />}
        </Button>
        <Button busy={decision.busy} onClick={() => void decide("create")}>
          {t("create")}
          {!narrow && <Keys keys="k" />}
        </Button>
        <Button look="primary" icon={Link2} busy={decision.busy} unavailable={best === undefined && t("choose")} onClick={() => void decide("link")}>
          {t("link")}
        </Button>
      </>
    );
  return (
    <Page {...frame} layout="fill" footer={footer}>
      <div ref={list} className="flex min-h-0 flex-1">
        {(!narrow || chosen === undefined) && (
          <nav aria-label={t("list.label")} className="min-h-0 w-[min(13.75rem,30vw)] min-w-0 flex-none overflow-y-auto border-r border-line max-wide:w-full max-wide:border-r-0">
            <p className="flex justify-between border-b border-line bg-sunken px-4 py-2 text-head text-ink3">
              {t("list")}
            </p>
            <ul>
              {rows.map((row) => (
                <li key={row.seq}>
                  <button
                    type="button"
                    aria-current={row === chosen ? "true" : undefined}
                    onClick={() => open(row.seq)}
                    className={`block w-full border-b border-line px-4 py-2 text-left hover:bg-hover ${row === chosen ? "bg-pri-soft shadow-[inset_3px_0_0_var(--pri)]" : ""}`}
                  >
                    <span className="block truncate font-semibold">
                      <CoupleName names={row.summary.names} />
                    </span>
                    <span className="block text-hint text-ink3">{t("records", { count: row.candidates })}</span>
                  </button>
                </li>
              ))}
            </ul>
          </nav>
        )}
        {chosen !== undefined && (
          <div className="min-h-0 min-w-0 flex-1 overflow-y-auto px-6 py-4 max-wide:px-4" tabIndex={0} role="region" aria-label={t("panel")}>
            {narrow && (
              <Button look="quiet" size="sm" icon={ChevronLeft} onClick={() => open(undefined)}>
                {t("back")}
              </Button>
            )}
            <Loaded query={unit} rows={10}>
              {(data) => (data.seq === chosen.seq ? <One unit={data} connection={connection} /> : null)}
            </Loaded>
            {decision.error !== null && <TroublePanel error={decision.error} />}
          </div>
        )}
      </div>
    </Page>
  );
}

function One({ unit, connection }: { unit: UnitView; connection: ConnectionView }) {
  const { t } = useWords("duplicates");
  const format = useFormat();
  const best = unit.candidates[0];
  return (
    <div className="flex flex-col gap-5">
      <div className="flex flex-wrap items-start justify-between gap-3">
        <div>
          <h2 className="text-[1.375rem] leading-7">
            <CoupleName names={unit.summary.names} as="subject" />
          </h2>
          <p className="text-hint text-ink3">{t("records", { count: unit.candidates.length })}</p>
        </div>
        {best !== undefined && (
          <Badge tone={best.score >= 90 ? "ok" : "warn"} icon={Copy}>
            {t(best.score >= 90 ? "sure.sure" : "sure.ask", { score: format.number(best.score) })}
          </Badge>
        )}
      </div>
      {unit.candidates.map((candidate, index) => (
        <section key={candidate.client_id} className="flex flex-col gap-5">
          {unit.candidates.length > 1 && <h3 className="font-semibold">{t("client", { number: index + 1, count: unit.candidates.length })}</h3>}
          <Compare connection={connection} seq={unit.seq} clientId={candidate.client_id} />
          <Evidence candidate={candidate} />
        </section>
      ))}
    </div>
  );
}
