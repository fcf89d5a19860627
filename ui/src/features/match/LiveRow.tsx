/** One real client as WedSync would show it, after every edit. */
import { ChevronLeft, ChevronRight, Download } from "lucide-react";

import { troubleOf, useCommand } from "@/api";
import { TroublePanel } from "@/app";
import { useFormat, useMessage, useWords } from "@/i18n";
import { Button, cx, IconButton } from "@/kit";

import type { Work } from "./Desk";
import { useFieldWords } from "./words";

export function LiveRow({ work, step }: { work: Work; step: (by: number) => void }) {
  const { t } = useWords("match");
  const words = useFieldWords(work.kind);
  const format = useFormat();
  const say = useMessage();
  const read = useCommand("preview.run");
  const { data, error } = work.matching.preview;
  const total = data?.rows.length ?? 0;
  const row = data?.rows[work.client];
  const cells = work.right.flatMap((field) => {
    const found = row?.fields.filter((each) => each.record_type === work.kind && each.field === field) ?? [];
    const best = found.find((each) => each.after !== null) ?? found[0];
    return best === undefined ? [] : [best];
  });
  const named = row?.fields.filter((each) => each.place === "primary_contact" && ["first_name", "last_name"].includes(each.field)).map((each) => words.value(each.after)).join(" ");
  return (
    <section aria-label={t("live")} className="flex-none border-t border-line bg-canvas px-6 pt-2.5 pb-3 max-wide:px-4">
      <div className="mb-1.5 flex min-h-7 flex-wrap items-center gap-x-2">
        <h2 className="font-semibold">{t("live")}</h2>
        <span className="text-hint text-ink3">{work.matching.wrong ? t("live.trouble") : t("live.as")}</span>
        {total > 0 && (
          <span className="ml-auto flex items-center gap-1 text-hint text-ink2">
            <IconButton icon={ChevronLeft} size="xs" label={t("key.previous")} shortcut="[" onClick={() => step(-1)} />
            <span className="num" role="status">{t("live.client", { number: format.number(work.client + 1), total: format.number(total) })}</span>
            <IconButton icon={ChevronRight} size="xs" label={t("key.next")} shortcut="]" onClick={() => step(1)} />
          </span>
        )}
      </div>
      {error !== null && total === 0 ? (
        troubleOf(error).code === "not_found" ? (
          <div className="flex flex-wrap items-center gap-3 rounded-card border border-dashed border-pencil bg-surface px-4 py-3">
            <span className="min-w-0 flex-1">
              <span className="block font-semibold">{t("live.none")}</span>
              <span className="text-hint text-ink3">{t("live.none.text", { crm: work.crm.name })}</span>
            </span>
            <Button icon={Download} busy={read.isPending} onClick={() => read.mutate({ connection_id: work.crm.id })}>
              {t("live.read")}
            </Button>
            {read.error !== null && <TroublePanel error={read.error} />}
          </div>
        ) : (
          <TroublePanel error={error} />
        )
      ) : (
        <div className="relative overflow-x-auto rounded-card border border-dashed border-pencil bg-surface" role="region" aria-label={t("live.as")} tabIndex={0}>
          <dl className="flex min-h-12 w-max min-w-full items-stretch py-1.5">
            {work.kind !== "person" && named !== undefined && named !== "" && <Cell label={t("kind.person")} value={named} lit={false} />}
            {cells.map((cell) => (
              <Cell
                key={cell.field}
                label={words.field(cell.field)}
                value={cell.problem === null ? words.value(cell.after) : say(cell.problem)}
                bad={cell.problem !== null}
                lit={work.chosen !== null && "field" in work.chosen && work.chosen.field === cell.field}
              />
            ))}
            {row !== undefined && cells.length === 0 && (
              <div className="px-4">
                <dt className="sr-only">{t(`kind.${work.kind}`)}</dt>
                <dd className="text-ink3">{t("live.empty")}</dd>
              </div>
            )}
          </dl>
        </div>
      )}
    </section>
  );
}

function Cell({ label, value, lit, bad = false }: { label: string; value: string; lit: boolean; bad?: boolean }) {
  return (
    <div className="max-w-64 border-r border-line px-4 last:border-r-0" data-cell={label}>
      <dt className="text-hint text-ink3">{label}</dt>
      <dd className={cx("truncate font-[550]", lit && "rounded-cell bg-pri-soft text-pri", bad && "squiggle text-bad")} title={value}>
        {value}
      </dd>
    </div>
  );
}
