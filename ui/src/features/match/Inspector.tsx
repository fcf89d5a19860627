/** One match: what fills what, the changes on the way, and what they do to real values. */
import { ArrowRight, Check, CircleAlert, TriangleAlert, X } from "lucide-react";
import { type ReactNode, useState } from "react";

import type { PageProps } from "@/app";
import { useMessage, useWords } from "@/i18n";
import { Button, Checkbox, IconButton, Input, Kbd, Menu, Select } from "@/kit";

import { Changes } from "./Changes";
import { type Chosen, faultsAt, type Work } from "./Desk";
import { FaultLine } from "./FaultLine";
import { changed, type Direction, fixed, type Match, type Rule } from "./model";
import type { Target } from "./targets";
import { begun, offered } from "./transforms";
import { useFieldWords } from "./words";

type Say = ReturnType<typeof useWords<"match">>["t"];

export const Inspector = {
  /** The side panel of the page for what is chosen. */
  panel(work: Work, chosen: Exclude<Chosen, null>, t: Say): PageProps["panel"] {
    const match = "field" in chosen ? work.matches.find((each) => each.field === chosen.field) : undefined;
    return {
      title: t("inspector"),
      width: 284,
      onClose: () => work.choose(null),
      content: "field" in chosen ? <OfField key={chosen.field} work={work} field={chosen.field} match={match} /> : <OfSource work={work} source={chosen.source} />,
      footer:
        match === undefined ? undefined : (
          <Button className="w-full" onClick={() => work.remove(match)}>
            {t("remove")}
            <Kbd>⌫</Kbd>
          </Button>
        ),
    };
  },
};

function Head({ work, children }: { work: Work; children: ReactNode }) {
  const { t } = useWords("match");
  return (
    <div className="border-b border-line px-5 pt-4 pb-4">
      <div className="flex items-center">
        <span className="flex-1 text-hint text-ink3">{t("inspector")}</span>
        <IconButton icon={X} size="sm" label={t("inspector.close")} className="max-wide:hidden" onClick={() => work.choose(null)} />
      </div>
      <h2 className="mt-1 flex flex-wrap items-center gap-2 text-row font-semibold">{children}</h2>
    </div>
  );
}

function OfSource({ work, source }: { work: Work; source: string }) {
  const { t } = useWords("match");
  const words = useFieldWords(work.kind);
  return (
    <>
      <Head work={work}>{work.label(source)}</Head>
      <div className="flex flex-col gap-4 px-5 py-4">
        <p className="text-ink2">{t("state.kept")}</p>
        <Select
          label={t("match_with")}
          value={undefined}
          placeholder={t("picker.none")}
          choices={work.right.map((field) => ({ value: field, label: words.field(field) }))}
          onChange={(field) => work.match(source, field)}
        />
      </div>
    </>
  );
}

function OfField({ work, field, match }: { work: Work; field: string; match: Match | undefined }) {
  const { t } = useWords("match");
  const words = useFieldWords(work.kind);
  const target = work.target(field);
  const faults = faultsAt(work, field);
  const index = match?.index ?? null;
  const rule = index === null ? undefined : work.rules[index];
  const edit = (change: Partial<Rule>) => {
    if (index !== null) void work.matching.save(changed(work.rules, index, change), t("step.change", { field: words.field(field) }));
  };
  return (
    <>
      <Head work={work}>
        {match?.source != null && (
          <>
            {work.label(match.source)}
            <ArrowRight size={14} className="text-pri" aria-hidden />
          </>
        )}
        {words.field(field)}
      </Head>
      <div className="flex flex-col gap-4 border-b border-line px-5 py-4">
        {faults.length > 0 && (
          <p className="flex gap-2 rounded-inset border border-warn-line bg-warn-soft p-3 text-hint text-warn">
            <TriangleAlert size={14} className="flex-none" aria-hidden />
            <span>
              <FaultLine faults={faults} />
            </span>
          </p>
        )}
        {match !== undefined && !match.confirmed && (
          <Button look="primary" size="sm" icon={Check} onClick={() => work.accept(match)}>
            {t("accept")}
          </Button>
        )}
        <Select
          label={t("picker")}
          value={match?.source ?? undefined}
          placeholder={t("picker.none")}
          choices={work.sources.map((source) => ({ value: source.path, label: source.label }))}
          onChange={(path) => work.match(path, field)}
        />
        {rule !== undefined && rule.sources.length > 0 && (
          <>
            <Changes transforms={rule.transforms} onChange={(transforms) => edit({ transforms })} />
            {offered(target.type, rule.transforms).length > 0 && (
              <Menu
                trigger={<Button size="sm">{t("change.add")}</Button>}
                groups={[offered(target.type, rule.transforms).map((kind) => ({ key: kind, label: words.change({ kind }), onSelect: () => edit({ transforms: [...rule.transforms, begun(kind)] }) }))]}
              />
            )}
            <Directions rule={rule} faults={faults} edit={edit} />
            <Checkbox label={t("required.ask")} checked={rule.required} onChange={(required) => edit({ required })} />
          </>
        )}
        {rule === undefined || rule.sources.length === 0 ? <OneValue work={work} target={target} index={index} /> : null}
      </div>
      {match?.source != null && <Samples work={work} field={field} />}
    </>
  );
}

function Directions({ rule, faults, edit }: { rule: Rule; faults: ReturnType<typeof faultsAt>; edit: (change: Partial<Rule>) => void }) {
  const { t } = useWords("match");
  const say = useMessage();
  const lost = faults.find((fault) => fault.error === "not_invertible")?.found;
  return (
    <Select<Direction>
      label={t("direction")}
      value={rule.direction}
      choices={(["import_only", "bidirectional", "export_only"] as const).map((value) => ({ value, label: t(`direction.${value}`) }))}
      onChange={(direction) => edit({ direction })}
      hint={lost == null ? t("direction.kept") : t("invert.no", { reason: say({ id: `inversion.${lost}`, params: {} }) })}
    />
  );
}

/** The same value for every client, where no source gives one. */
function OneValue({ work, target, index }: { work: Work; target: Target; index: number | null }) {
  const { t } = useWords("match");
  const words = useFieldWords(work.kind);
  const now = index === null ? undefined : work.rules[index]?.default;
  const [text, setText] = useState(typeof now === "string" ? now : "");
  if (["json", "array", "money", "date_time"].includes(target.type)) return null;
  const set = (value: unknown) => {
    const next = index === null ? fixed(work.rules, work.kind, target, value) : changed(work.rules, index, { default: value });
    void work.matching.save(next, t("step.change", { field: words.field(target.field) }));
  };
  if (target.type === "boolean") {
    return (
      <Select
        label={t("default.label")}
        value={typeof now === "boolean" ? (now ? "yes" : "no") : undefined}
        placeholder={t("picker.none")}
        choices={[{ value: "yes", label: t("default.yes") }, { value: "no", label: t("default.no") }]}
        onChange={(value) => set(value === "yes")}
      />
    );
  }
  return (
    <form
      className="flex flex-col gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim() !== "") set(text.trim());
      }}
    >
      <Input label={t("default.label")} value={text} type={target.type === "date" ? "date" : "text"} onChange={(event) => setText(event.target.value)} />
      <Button type="submit" size="sm">
        {t("default.use")}
      </Button>
    </form>
  );
}

/** What the changes make of the values of the clients read so far. */
function Samples({ work, field }: { work: Work; field: string }) {
  const { t } = useWords("match");
  const words = useFieldWords(work.kind);
  const say = useMessage();
  const all = work.matching.preview.data?.rows.flatMap((row) => row.fields.filter((each) => each.record_type === work.kind && each.field === field)) ?? [];
  const unread = all.filter((each) => each.problem !== null);
  // What can't be read comes into view even when it is late in the list.
  const shown = [...all.filter((each) => each.problem === null).slice(0, unread.length > 0 ? 4 : 6), ...unread.slice(0, 3)];
  return (
    <section className="px-5 py-4" aria-label={t("samples")}>
      <div className="mb-1 flex items-baseline">
        <h3 className="flex-1 font-semibold">{t("samples")}</h3>
        <span className="num text-hint text-ink3">{t("samples.count", { count: all.length })}</span>
      </div>
      {all.length === 0 && <p className="text-hint text-ink3">{t("samples.none")}</p>}
      <ul>
        {shown.map((each, index) => (
          <li key={index} className="num grid min-h-8 grid-cols-[1fr_16px_1fr] items-center gap-2 border-b border-line py-1 text-small last:border-b-0">
            <span className="truncate text-ink3" title={words.value(each.before)}>
              {words.value(each.before) || t("samples.nothing")}
            </span>
            <ArrowRight size={12} className="text-ink3" aria-hidden />
            {each.problem === null ? (
              <span className="truncate" title={words.value(each.after)}>{words.value(each.after) || t("samples.nothing")}</span>
            ) : (
              <span className="inline-flex min-w-0 items-center gap-1 text-bad" title={say(each.problem)}>
                <CircleAlert size={13} className="flex-none" aria-hidden />
                <span className="truncate">{t("samples.unreadable")}</span>
                <span className="sr-only">{say(each.problem)}</span>
              </span>
            )}
          </li>
        ))}
      </ul>
      {unread.length > 0 && (
        <p className="mt-3 flex gap-2 rounded-inset border border-warn-line bg-warn-soft p-3 text-hint text-warn">
          <TriangleAlert size={14} className="flex-none" aria-hidden />
          {t("samples.unread", { count: unread.length, total: all.length })}
        </p>
      )}
    </section>
  );
}
