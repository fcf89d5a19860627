/** The same matching on a narrow screen: WedSync's fields, each with a picker of what fills it. */
import { Check, ChevronRight, PencilLine, TriangleAlert } from "lucide-react";

import { useFormat, useWords } from "@/i18n";
import { Badge, Button, IconButton, Select } from "@/kit";

import { faultsAt, type Work } from "./Desk";
import { FaultLine } from "./FaultLine";
import { useFieldWords } from "./words";

/** The picker's value for nothing; no path is empty. */
const NOTHING = "-";

export function Pairs({ work }: { work: Work }) {
  const { t } = useWords("match");
  const words = useFieldWords(work.kind);
  const format = useFormat();
  return (
    <ul aria-label={t("wedsync")}>
      {work.right.map((field) => {
        const match = work.matches.find((each) => each.field === field);
        const faults = faultsAt(work, field);
        const target = work.target(field);
        return (
          <li key={field} className="flex flex-col gap-2 border-b border-line px-4 py-3" data-pair={field}>
            <div className="flex min-h-9 items-center gap-2">
              <span className="min-w-0 flex-1 text-row font-semibold">
                {words.field(field)}
                {target.required && <span className="text-hint font-normal text-ink2"> {t("required")}</span>}
              </span>
              {match !== undefined && !match.confirmed && (
                <>
                  <Badge tone="pencil" icon={PencilLine}>
                    {match.confidence === null ? t("suggested") : t("sure", { percent: format.number(Math.round(match.confidence * 100)) })}
                  </Badge>
                  <IconButton icon={Check} label={`${t("accept")}: ${words.field(field)}`} onClick={() => work.accept(match)} />
                </>
              )}
              <IconButton icon={ChevronRight} label={`${t("inspector")}: ${words.field(field)}`} onClick={() => work.choose({ field })} />
            </div>
            <Select
              label={`${t("picker")}: ${words.field(field)}`}
              labelHidden
              value={match?.source ?? NOTHING}
              choices={[{ value: NOTHING, label: t("picker.none") }, ...work.sources.map((source) => ({ value: source.path, label: source.label }))]}
              onChange={(path) => {
                if (path !== NOTHING) work.match(path, field);
                else if (match !== undefined) work.remove(match);
              }}
            />
            {faults.length > 0 && (
              <p className="text-hint text-warn">
                <TriangleAlert size={13} className="mr-1.5 inline" aria-hidden />
                <FaultLine faults={faults} />
              </p>
            )}
            {match === undefined && target.required && (
              <Button size="sm" onClick={() => work.choose({ field })}>
                {t("default.set")}
              </Button>
            )}
          </li>
        );
      })}
    </ul>
  );
}
