/** The screen around the two sides: tabs of kinds, what is done and what needs the person, the preview, the inspector. */
import { useNavigate } from "@tanstack/react-router";
import { type ReactNode, useMemo, useRef, useState } from "react";

import { type ConnectionView, type SchemaFieldView, useRead } from "@/api";
import { Keys, Loaded, Page, useNarrow, useShortcuts } from "@/app";
import { useFormat, useWords } from "@/i18n";
import { Button, Tabs, useAnnounce, useToast } from "@/kit";

import { Inspector } from "./Inspector";
import { type Matching, useMatching } from "./matching";
import { accepted, changed, faultsOf, type Match, matched, matchesOf, removed, type Rule, sidesOf, type Source, sourcesOf, suggestionKey, targetOf } from "./model";
import { OneKind } from "./OneKind";
import { undecided } from "./own";
import { OwnFields, OwnHints } from "./OwnFields";
import { type Kind, KINDS, type Target, targetsOf } from "./targets";
import { useFieldWords } from "./words";

/** What the inspector shows: a field of WedSync, or one of the CRM that fills nothing. */
export type Chosen = { field: string } | { source: string } | null;

/** Everything the two sides, the pairs and the inspector need of one kind of record. */
export interface Work {
  kind: Kind;
  crm: ConnectionView;
  rules: readonly Rule[];
  sources: readonly Source[];
  matches: readonly Match[];
  left: readonly string[];
  right: readonly string[];
  documents: readonly unknown[];
  client: number;
  matching: Matching;
  chosen: Chosen;
  choose: (chosen: Chosen) => void;
  target: (field: string) => Target;
  label: (source: string) => string;
  match: (source: string, field: string) => void;
  accept: (match: Match) => void;
  remove: (match: Match) => void;
}

interface DeskProps {
  connection: ConnectionView;
  /** WedSync's fields. */
  schema: readonly SchemaFieldView[];
  subtitle: ReactNode;
}

export function Desk({ connection, schema, subtitle }: DeskProps) {
  const { t } = useWords("match");
  const [kind, setKind] = useState<Kind>("person");
  const words = useFieldWords(kind);
  const announce = useAnnounce();
  const toast = useToast();
  const narrow = useNarrow();
  const navigate = useNavigate();
  const format = useFormat();
  const matching = useMatching(connection.id);
  const { rules, faults, suggestions, save } = matching;
  const [chosen, choose] = useState<Chosen>(null);
  // The tab of the supplier's own fields stands beside the kinds.
  const [owning, setOwning] = useState(false);
  const own = useRead("fields.list", { connection_id: connection.id }).data?.fields ?? [];
  const [client, setClient] = useState(0);
  const [dismissed, setDismissed] = useState<ReadonlySet<string>>(new Set());
  const whole = useRef<HTMLDivElement>(null);

  const documents = useMemo(() => matching.preview.data?.rows.map((row) => row.document) ?? [], [matching.preview.data]);
  const sources = useMemo(() => sourcesOf(kind, rules, documents), [kind, rules, documents]);
  const targets = useMemo(() => targetsOf(kind, schema), [kind, schema]);
  const matches = useMemo(() => matchesOf(kind, targets, rules, suggestions, sources, dismissed), [kind, targets, rules, suggestions, sources, dismissed]);
  const sides = useSides(kind, targets, sources, matches, rules, suggestions.length + documents.length);
  const label = (path: string) => sources.find((source) => source.path === path)?.label ?? path;

  const work: Work = {
    kind, crm: connection, rules, sources, matches, ...sides, documents, client, matching, chosen, choose, label,
    target: (field) => targetOf(kind, targets, field, rules),
    match: (source, field) => {
      void save(matched(rules, kind, targetOf(kind, targets, field, rules), source), t("step.match", { field: words.field(field) }));
      announce(t("drop.done", { source: label(source), field: words.field(field) }));
      choose({ field });
    },
    accept: (match) => {
      void save(accepted(rules, kind, targets, match), t("step.match", { field: words.field(match.field) }));
      announce(t("drop.done", { source: match.source === null ? "" : label(match.source), field: words.field(match.field) }));
    },
    remove: (match) => {
      // What was taken away is not offered again at once.
      if (match.source !== null) setDismissed(new Set([...dismissed, suggestionKey(kind, match.field, match.source)]));
      if (match.index !== null) void save(removed(rules, match.index), t("step.remove", { field: words.field(match.field) }));
      announce(t("removed", { field: words.field(match.field) }));
      choose(null);
    },
  };
  const open = matches.filter((match) => !match.confirmed);
  const acceptAll = () => {
    if (open.length === 0) return;
    void save(open.reduce<Rule[]>((all, match) => accepted(all, kind, targets, match), [...rules]), t("step.accept"));
    announce(t("step.accept"));
  };
  const missing = faults.filter((fault) => fault.error === "required_unmapped");
  const here = missing.filter((fault) => fault.suggested_fix?.startsWith(`${kind}.`));
  const broken = new Set(faults.filter((fault) => fault.severity === "error").map((fault) => fault.index)).size;
  const current = chosen === null ? undefined : matches.find((match) => ("field" in chosen ? match.field === chosen.field : match.source === chosen.source));
  const step = (by: number) => setClient((now) => Math.min(Math.max(now + by, 0), Math.max(documents.length - 1, 0)));
  useShortcuts(t("keys"), [
    { keys: "a", label: t("accept"), run: () => current !== undefined && !current.confirmed && work.accept(current), within: whole, disabled: owning },
    { keys: "mod+shift+a", label: t("key.accept_all"), run: acceptAll, disabled: owning },
    { keys: "backspace", label: t("key.remove"), run: () => current !== undefined && work.remove(current), within: whole },
    { keys: "[", label: t("key.previous"), run: () => step(-1), within: whole },
    { keys: "]", label: t("key.next"), run: () => step(1), within: whole },
  ]);
  const blocked = broken > 0 ? t("finish.blocked") : missing[0] !== undefined ? t("finish.missing", { field: words.field(missing[0].field) }) : false;
  const finish = () => {
    void save(rules.reduce<Rule[]>((all, rule, index) => (rule.confirmed ? all : changed(all, index, {})), [...rules]), t("step.accept")).then(() => {
      toast({ text: t("finish.done") });
      return navigate({ to: "/home" });
    });
  };
  const kinds = KINDS.filter((each) => each === kind || rules.some((rule) => rule.record_type === each) || sourcesOf(each, rules, documents).length > 0);
  return (
    <Page
      title={t("title")}
      subtitle={subtitle}
      layout="fill"
      actions={<span role="status" className="text-hint text-ink3 max-wide:hidden">{broken > 0 ? t("not_saved") : t("saved")}</span>}
      footer={
        <>
          <span className="flex flex-1 flex-wrap items-center gap-x-4 gap-y-1 text-hint text-ink2 max-wide:hidden" aria-hidden>
            {owning ? (
              <OwnHints />
            ) : (
              <>
                <Hint keys={["arrowup", "arrowdown"]} text={t("key.field")} />
                <Hint keys={["space"]} text={t("key.pick")} />
                <Hint keys={["arrowright"]} text={t("key.choose")} />
                <Hint keys={["enter"]} text={t("key.drop")} />
                <Hint keys={["a"]} text={t("key.accept")} />
              </>
            )}
          </span>
          {blocked !== false && <span className="text-hint font-[550] text-warn">{blocked}</span>}
          <Button look="primary" unavailable={blocked} onClick={finish}>
            {t("finish")}
          </Button>
        </>
      }
      panel={chosen === null ? undefined : Inspector.panel(work, chosen, t)}
    >
      <Loaded query={matching.mapping}>
        {() => (
          <div ref={whole} className="flex min-h-0 flex-1 flex-col overflow-y-auto">
            <Tabs
              label={t("kinds")}
              value={owning ? "own" : kind}
              tabs={[
                ...kinds.map((each) => {
                  const needs = missing.filter((fault) => fault.suggested_fix?.startsWith(`${each}.`)).length;
                  return { value: each, label: t(`kind.${each}`), ...(needs > 0 && { count: format.number(needs), tone: "warn" as const }) };
                }),
                ...(own.length > 0 ? [{ value: "own" as const, label: t("own"), ...(undecided(own).length > 0 && { count: format.number(undecided(own).length) }) }] : []),
              ]}
              onChange={(next: Kind | "own") => {
                setOwning(next === "own");
                if (next !== "own") setKind(next);
                choose(null);
              }}
            >
              {owning ? (
                <OwnFields connection={connection.id} crm={connection.name} fields={own} schema={schema} rules={rules} />
              ) : (
                <OneKind work={work} open={open.length} here={here.length} broken={broken} narrow={narrow} onAcceptAll={acceptAll} onStep={step} />
              )}
            </Tabs>
          </div>
        )}
      </Loaded>
    </Page>
  );
}

/** The order of both sides, kept while somebody works: only what is new joins, at the end. */
function useSides(kind: Kind, targets: readonly Target[], sources: readonly Source[], matches: readonly Match[], rules: readonly Rule[], read: number) {
  const extra = rules.filter((rule) => rule.record_type === kind && !targets.some((each) => each.field === rule.wedsync_field)).map((rule) => rule.wedsync_field);
  const name = `${kind} ${String(targets.length)} ${read > 0 ? "read" : "unread"}`;
  const [kept, setKept] = useState<{ name: string; left: string[]; right: string[] } | null>(null);
  const fresh = sidesOf(targets, sources, matches, extra);
  if (kept?.name !== name) {
    setKept({ name, ...fresh });
    return fresh;
  }
  return {
    left: [...kept.left, ...fresh.left.filter((path) => !kept.left.includes(path))],
    right: [...kept.right, ...fresh.right.filter((field) => !kept.right.includes(field))],
  };
}

function Hint({ keys, text }: { keys: readonly string[]; text: string }) {
  return (
    <span className="inline-flex items-center gap-1.5">
      {keys.map((key) => (
        <Keys key={key} keys={key} />
      ))}
      {text}
    </span>
  );
}

/** The faults of a field, as every row shows them. */
export const faultsAt = (work: Work, field: string) => faultsOf(work.kind, field, work.rules, work.matching.faults);
