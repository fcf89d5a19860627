/** Clients as they would be uploaded, before anything is: the table, the panel beside it, and the way into WedSync. */
import { useNavigate } from "@tanstack/react-router";
import { Cloud, CloudOff, Columns3, FileDown, ListFilter, PencilLine, Search, Undo2, X } from "lucide-react";
import { useDeferredValue, useEffect, useRef, useState } from "react";

import { type ConnectionView, nounOf, type ReviewRow, type ReviewSort, type ReviewSummary, savesToDownloads, saveText, troubleOf, useCommand, useRead } from "@/api";
import { FieldNamesProvider, Loaded, Page, type PageProps, TroublePanel, useAppState, useNarrow, useOnline, useShortcuts, useUndo, useValues } from "@/app";
import { useFormat, useMessage, useWords } from "@/i18n";
import { Badge, Button, CrmMark, DataGrid, Empty, type GridHandle, type Group, IconButton, Input, Menu, Skeleton, Tabs, useAnnounce, useToast } from "@/kit";

import { BulkBar } from "./BulkBar";
import { ColumnsDialog, useColumns, useLayout } from "./columns";
import { SAME_AS, useDecisions } from "./decisions";
import { FixRow } from "./Fix";
import { useNarrowColumns } from "./NarrowRow";
import { reviewRoute, type ReviewTab, TABS } from "./route";
import { type Rows, useRows } from "./rows";
import { countOf, sectionsOf, type Show } from "./sections";
import { useTicks } from "./ticks";
import { uploadedClients, uploadedNoun, UploadBar, useUpload } from "./UploadBar";
import { usePanel } from "./usePanel";
import { useRowWords } from "./words";

/** Height of the fix below a row. */
const FIX = 116;
const SHOWS: readonly Show[] = ["all", "waiting", "ready", "in_wedsync", "left_out"];

export function Review() {
  const { t } = useWords("review");
  const { connection: wanted, client, find } = reviewRoute.useSearch();
  const state = useAppState();
  const connection = state.data?.connections.find((each) => wanted === undefined || each.id === wanted);
  if (state.data !== undefined && connection !== undefined) return <Planned key={`${connection.id} ${String(client)} ${find ?? ""}`} connection={connection} />;
  return (
    <Page title={t("title")} layout="fill">
      <Loaded query={state}>{() => <NothingYet />}</Loaded>
    </Page>
  );
}

/** Nothing to decide: because nothing was read yet, or because all of it was uploaded, which `counts` of that upload tell. */
function NothingYet({ counts }: { counts?: unknown }) {
  const { t } = useWords("review");
  const format = useFormat();
  const uploaded = uploadedClients(counts);
  const has = uploaded !== null && uploaded > 0;
  return (
    <div className="p-6">
      <Empty icon={PencilLine} title={has ? t("done.title", { count: uploaded, number: format.number(uploaded), ...uploadedNoun(counts) }) : t("empty")} text={has ? t("done.all") : t("empty.text")} />
    </div>
  );
}

/** A connection with a plan, or without one. */
function Planned({ connection }: { connection: ConnectionView }) {
  const { t } = useWords("review");
  const summary = useRead("review.counts", { connection_id: connection.id }, { retry: false });
  const upload = useUpload(connection.id);
  const frame = useFrame(connection);
  if (summary.error !== null) {
    const { message } = troubleOf(summary.error);
    const none = "id" in message && message.id === "error.no_plan";
    return (
      <Page {...frame} layout="fill">
        {none ? <NothingYet counts={upload?.counts} /> : <div className="p-6"><TroublePanel error={summary.error} onRetry={() => void summary.refetch()} /></div>}
      </Page>
    );
  }
  if (summary.data !== undefined) return <FieldNamesProvider planned={summary.data.new_fields}><Table connection={connection} summary={summary.data} frame={frame} /></FieldNamesProvider>;
  return (
    <Page {...frame} title={t("title")} layout="fill">
      <Skeleton rows={12} />
    </Page>
  );
}

type Frame = Pick<PageProps, "title" | "subtitle" | "actions">;

function useFrame(connection: ConnectionView): Frame {
  const { t } = useWords("review");
  const online = useOnline();
  const narrow = useNarrow();
  const { undo, next } = useUndo();
  return {
    title: t("title"),
    subtitle: (
      <span className="inline-flex items-center gap-2">
        {!narrow && <CrmMark provider={connection.provider} name={connection.name} size={18} />}
        {t("subtitle", { crm: connection.name })}
      </span>
    ),
    actions: (
      <>
        <span role="status">
          <Badge tone={online ? "ok" : "pencil"} icon={online ? Cloud : CloudOff}>
            {t(online ? "online" : "offline")}
          </Badge>
        </span>
        {next !== null && !narrow && (
          <Button look="quiet" size="sm" icon={Undo2} onClick={undo} aria-label={t("undoWhat", { what: next })}>
            {t("undo")}
          </Button>
        )}
      </>
    ),
  };
}

/** Opens the client that the address names as soon as its row is read, once. */
function useWanted({ client, rows, open }: { client: number | undefined; rows: Rows; open: (index: number) => void }) {
  const done = useRef<number | undefined>(undefined);
  const index = client === undefined || rows.stale ? null : rows.indexOf(client);
  useEffect(() => {
    if (client === undefined || index === null || done.current === client) return;
    done.current = client;
    open(index);
  }, [client, index, open]);
}

function Table({ connection, summary, frame }: { connection: ConnectionView; summary: ReviewSummary; frame: Frame }) {
  const { t } = useWords("review");
  const say = useMessage();
  const format = useFormat();
  const values = useValues();
  const words = useRowWords();
  const noun = nounOf(summary);
  const narrow = useNarrow();
  const announce = useAnnounce();
  const navigate = useNavigate();
  const address = reviewRoute.useSearch();
  const tab: ReviewTab = address.tab ?? "everything";
  const [search, setSearch] = useState<string | null>(address.find ?? null);
  const asked = useDeferredValue(search?.trim() ?? "");
  const [show, setShow] = useState<Show>("all");
  const [sort, setSort] = useState<ReviewSort>();
  const [layout, setLayout] = useLayout();
  const [arranging, setArranging] = useState(false);
  const [fixing, setFixing] = useState<number | null>(null);
  const list = useRef<HTMLDivElement>(null);
  const grid = useRef<GridHandle>(null);
  const field = useRef<HTMLInputElement>(null);

  const alike = useRead("review.alike", { connection_id: connection.id }, { enabled: tab === "problem" });
  const sections = sectionsOf(tab, show, summary, tab === "problem" && asked === "" ? (alike.data?.groups ?? null) : null);
  const rows = useRows({ connection_id: connection.id, ...(asked === "" ? {} : { search: asked }), ...(sort === undefined ? {} : { sort }) }, sections);
  const picked = useTicks(rows);
  const decisions = useDecisions(connection.id);
  const fixes = tab === "problem" && !narrow;
  const panel = usePanel({ connection, rows, decisions, list, grid, disabled: fixes, narrow });
  useWanted({ client: address.client, rows, open: panel.open });

  const problems = tab === "problem";
  const wide = useColumns({ layout, onLayout: setLayout, sort, onSort: setSort, problems, appointments: noun.context !== undefined, beside: panel.page !== undefined });
  const columns = useNarrowColumns(narrow, wide);
  const note = (key: string) => (key === "waiting" ? t("note.waiting") : key === "ready" ? t("note.ready") : undefined);
  const blank = (key: string) => {
    void rows.read(0, rows.total - 1).then((all) => {
      const group = alike.data?.groups.find((each) => each.alike === key);
      const seqs = all.filter((row) => `${row.marks.find((mark) => mark.mark === "problem")?.message?.id ?? ""}/${row.marks.find((mark) => mark.mark === "problem")?.field ?? ""}` === `${group?.problem ?? ""}/${group?.field ?? ""}`).map((row) => row.seq);
      return decideMany(seqs, "without_missing");
    });
  };
  const groups: Group[] = rows.parts.map((part): Group => {
    const group = alike.data?.groups.find((each) => each.alike === part.key);
    if (group === undefined || !problems) {
      const key = part.key as keyof typeof HEADING;
      return { key: part.key, label: t(HEADING[key] ?? "heading.waiting"), count: part.total, note: note(part.key) };
    }
    // Who somebody is cannot be left blank, and whom it is about differs from row to row.
    if (group.field === SAME_AS) return { key: part.key, label: t("alike.who"), count: part.total };
    const label = t("alike", { field: values.field(group.field), what: say({ id: group.problem, params: { value: "…", field: values.field(group.field) } }) });
    return { key: part.key, label, count: part.total, ...(part.total > 1 ? { action: { label: t("alike.blank", { count: part.total }), run: () => blank(part.key) } } : {}) };
  });

  async function decideMany(seqs: readonly number[], decision: Parameters<typeof decisions.decideMany>[1]) {
    const done = await decisions.decideMany(seqs, decision, t("did.many", { ...noun, count: seqs.length, number: format.number(seqs.length) }));
    if (done === null) return;
    announce(done.left === 0 ? t("bulk.done", { ...noun, count: done.decided, number: format.number(done.decided) }) : t("bulk.partly", { ...noun, count: done.decided, left: format.number(done.left) }));
    picked.clear();
  }
  const find = () => {
    setSearch((before) => before ?? "");
    // The field is drawn first.
    requestAnimationFrame(() => field.current?.focus());
  };
  useShortcuts(t("shortcuts"), [{ keys: "/", label: t("find", noun), run: find }]);

  const fixed = fixing === null ? null : rows.indexOf(fixing);
  const fixRow = fixed === null || fixing === null ? undefined : rows.at(fixed);
  // A fix takes the focus: walking past a row by arrow keys must not open it, or nobody gets past the first.
  const onSelect = (index: number, by: "pointer" | "keys") => {
    if (!fixes) return panel.open(index);
    setFixing(by === "keys" ? null : (rows.at(index)?.seq ?? null));
  };
  const backToRow = () => {
    if (fixed !== null) grid.current?.focusRow(fixed);
    setFixing(null);
  };
  const afterFix = () => {
    const next = fixed === null ? undefined : (rows.at(fixed + 1) ?? rows.at(fixed - 1));
    setFixing(next?.seq ?? null);
  };

  return (
    <Page
      {...frame}
      layout="fill"
      footer={<UploadBar connection={connection.id} crm={connection.name} summary={summary} picked={picked.rows.filter((row) => row.heading === "ready").map((row) => row.seq)} />}
      panel={panel.page}
    >
      <Tabs
        label={t("tabs")}
        value={tab}
        onChange={(next) => {
          setFixing(null);
          panel.close();
          void navigate({ to: "/review", search: (before) => ({ ...before, tab: next === "everything" ? undefined : next }) });
        }}
        tabs={TABS.filter((each) => each === "everything" || each === tab || countOf(each, summary) > 0).map((each) => ({
          value: each,
          label: t(`tab.${each}`),
          count: format.number(countOf(each, summary)),
          ...(each === "conflict" ? { tone: "warn" as const } : each === "problem" ? { tone: "bad" as const } : {}),
        }))}
        tools={
          <span className="flex items-center gap-0.5">
            <Menu
              trigger={<IconButton icon={ListFilter} label={show === "all" ? t("filter") : t("filterOn", { what: t(`show.${show}`) })} data-on={show !== "all" || undefined} />}
              groups={[SHOWS.map((each) => ({ key: each, label: t(each === show ? "show.chosen" : "show.plain", { what: t(`show.${each}`) }), onSelect: () => setShow(each) }))]}
            />
            {!narrow && <IconButton icon={Columns3} label={t("columns.title")} onClick={() => setArranging(true)} />}
            {problems && connection.route === "file" && <ExportRows connection={connection.id} />}
            <IconButton icon={Search} label={t("find", noun)} aria-expanded={search !== null} onClick={find} />
          </span>
        }
      >
        {search !== null && (
          <div role="search" className="flex items-center gap-3 border-b border-line px-4 py-2">
            <div className="max-w-96 flex-1">
              <Input
                ref={field}
                type="search"
                label={t("find", noun)}
                labelHidden
                placeholder={t("findHint", noun)}
                value={search}
                onChange={(event) => setSearch(event.target.value)}
                onKeyDown={(event) => {
                  if (event.key === "Escape") {
                    setSearch(null);
                    grid.current?.focusRow(0);
                  } else if (event.key === "ArrowDown" || event.key === "Enter") {
                    event.preventDefault();
                    grid.current?.focusRow(0);
                  }
                }}
              />
            </div>
            <span role="status" className="num text-hint text-ink2">
              {rows.stale || rows.pending ? "" : t("found", { ...noun, count: rows.total, number: format.number(rows.total) })}
            </span>
            <IconButton icon={X} label={t("findEnd")} onClick={() => setSearch(null)} />
          </div>
        )}
        {decisions.error !== null && !fixes && panel.page === undefined && (
          <div className="p-4">
            <TroublePanel error={decisions.error} />
          </div>
        )}
        {rows.error !== null ? (
          <div className="p-4">
            <TroublePanel error={rows.error} onRetry={rows.retry} />
          </div>
        ) : rows.pending && rows.total === 0 ? (
          <Skeleton rows={12} height={problems ? 40 : 36} />
        ) : rows.total === 0 ? (
          <div className="p-6">
            <Empty icon={PencilLine} title={asked === "" ? t("tabEmpty") : t("findNone", { ...noun, what: asked })} />
          </div>
        ) : (
          <div ref={list} className="relative flex min-h-0 flex-1 flex-col" aria-busy={rows.stale}>
            <DataGrid<ReviewRow>
              ref={grid}
              label={t("table")}
              columns={columns}
              rowCount={rows.total}
              rowAt={rows.at}
              rowLabel={words.label}
              rowHeight={narrow ? 66 : problems ? 40 : 36}
              headHidden={narrow}
              groups={groups}
              {...(narrow ? {} : { ticks: picked.ticks })}
              selected={fixes ? fixed : panel.index}
              onSelect={onSelect}
              onOpen={(index) => (fixes ? onSelect(index, "pointer") : panel.enter(index))}
              onRange={rows.onRange}
              inset={
                fixes && fixed !== null && fixRow !== undefined
                  ? {
                      row: fixed,
                      height: FIX,
                      content: <FixRow connection={connection.id} seq={fixRow.seq} decisions={decisions} label={t("did.one", { names: words.name(fixRow) })} onDone={afterFix} onSkip={backToRow} />,
                    }
                  : null
              }
            />
            {picked.rows.length > 0 && (
              <BulkBar
                count={picked.rows.length}
                problems={picked.rows.some((row) => row.problems > 0)}
                reopens={picked.rows.some((row) => row.heading === "left_out" && row.kind !== "skipped")}
                busy={decisions.busy}
                onDecide={(decision) => void decideMany(picked.rows.map((row) => row.seq), decision)}
                onClose={picked.clear}
              />
            )}
          </div>
        )}
      </Tabs>
      <ColumnsDialog open={arranging} onClose={() => setArranging(false)} layout={layout} onLayout={setLayout} />
    </Page>
  );
}

/** The rows of files that need somebody, to be fixed elsewhere and dropped back. */
function ExportRows({ connection }: { connection: string }) {
  const { t } = useWords("review");
  const format = useFormat();
  const toast = useToast();
  const say = useMessage();
  const read = useCommand("review.problem_files", {
    onSuccess: async ({ files }) => {
      let rows = 0;
      // One after the other: the window asks for a place for each.
      for (const file of files) if (await saveText(file.name, "text/csv", file.text)) rows += file.rows;
      if (files.length === 0) toast({ text: t("export.rows.none") });
      else if (rows > 0) toast({ text: t(savesToDownloads ? "export.rows.done" : "export.rows.saved", { count: rows, number: format.number(rows) }) });
    },
    onError: (error) => toast({ text: say(troubleOf(error).message) }),
  });
  return <IconButton icon={FileDown} label={t("export.rows")} onClick={() => read.mutate({ connection_id: connection })} />;
}

const HEADING = {
  waiting: "heading.waiting",
  refused: "heading.refused",
  ready: "heading.ready",
  approved: "heading.approved",
  in_wedsync: "heading.in_wedsync",
  left_out: "heading.left_out",
  unchanged: "heading.unchanged",
} as const;
