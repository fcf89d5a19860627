/** One file: its tables as they are understood, each to be left out, read from another header row, or taken as it stands. */
import { ChevronRight, CircleAlert, FileSpreadsheet, TriangleAlert, X } from "lucide-react";
import { useState } from "react";

import type { FileChoice, FileTable, FileView, PickedFile } from "@/api";
import { heldFiles } from "@/app";
import { useFormat, useMessage, useWords } from "@/i18n";
import { Card, Checkbox, cx, IconButton, Input, Select } from "@/kit";

import { chosen, sizeOf, sureness } from "./files-model";

/** Rows in which a header is looked for by hand. */
const LAST_HEADER = 200;

interface FileCardProps {
  file: PickedFile;
  /** As it was looked at; nothing while that is under way. */
  view: FileView | undefined;
  choices: readonly FileChoice[];
  onChoose: (choices: readonly FileChoice[]) => void;
}

export function FileCard({ file, view, choices, onChoose }: FileCardProps) {
  const { t } = useWords("add");
  const say = useMessage();
  const { value, unit } = sizeOf(file.size);
  const size = t(`files.size.${unit}`, { count: value, number: String(value) });
  return (
    <Card padded={false}>
      <div className="flex min-h-13 items-center gap-3 px-4 py-2">
        <FileSpreadsheet size={18} className="flex-none text-ink2" aria-hidden />
        <span className="min-w-0 flex-1">
          <span className="block font-semibold break-words">{file.name}</span>
          <span className="block text-hint text-ink3">{view?.format == null ? size : t("files.format", { format: view.format.toUpperCase(), size })}</span>
        </span>
        <IconButton icon={X} label={t("files.remove", { name: file.name })} onClick={() => heldFiles.remove(file.fileId)} />
      </div>
      {view?.error != null && (
        <p role="alert" className="flex gap-2 border-t border-bad-line bg-bad-soft px-4 py-3 text-bad">
          <CircleAlert size={16} className="mt-px flex-none" aria-hidden />
          {say(view.error)}
        </p>
      )}
      <Warnings warnings={view?.warnings ?? []} />
      <ul>
        {view?.tables.map((table) => table.columns.length === 0 && view.format === "icalendar" ? <Calendar key={table.index} table={table} /> : (
          <Table key={table.index} table={table} alone={view.tables.length === 1} onChange={(change) => onChoose(chosen(choices, file.fileId, table.index, change))} />
        ))}
      </ul>
    </Card>
  );
}

interface TableProps {
  table: FileTable;
  /** The only one of its file, whose name it carries. */
  alone: boolean;
  onChange: (change: Partial<Pick<FileChoice, "used" | "header_row" | "preset">>) => void;
}

function Table({ table, alone, onChange }: TableProps) {
  const { t } = useWords("add");
  const say = useMessage();
  const format = useFormat();
  const sure = sureness(table);
  const what = [say(table.title), t("files.tableRows", { count: table.rows, number: format.number(table.rows) }), sure === "plain" ? null : t("files.sure", { percent: format.percent(Math.round(table.confidence * 100)) })].filter((part) => part !== null).join(" · ");
  return (
    <li className={cx("border-t px-4 py-2.5", table.used ? "border-line" : "border-dashed border-pencil")}>
      <Checkbox label={alone ? t("files.use") : table.name} hint={what} checked={table.used} onChange={(used) => onChange({ used })} />
      {table.used && (
        <details className="group ml-6">
          <summary className="flex min-h-6 items-center gap-1 text-hint text-ink2">
            <ChevronRight size={13} className="group-open:rotate-90" aria-hidden />
            {t("files.details", { count: table.columns.length })}
          </summary>
          <div className="mt-2 flex flex-wrap items-end gap-4">
            <HeaderRow key={table.header_row} value={table.header_row} onChange={(header_row) => onChange({ header_row })} />
            {table.preset !== null && (
              <div className="min-w-[min(14rem,100%)]">
                <Select
                  label={t("files.readAs")}
                  value={table.preset}
                  choices={[{ value: table.preset, label: say(table.title) }, { value: PLAIN, label: t("files.plain") }]}
                  onChange={(preset) => onChange({ preset: preset === PLAIN ? "" : preset })}
                />
              </div>
            )}
          </div>
          <Columns table={table} />
        </details>
      )}
      <Warnings warnings={table.warnings} />
    </li>
  );
}

/** A calendar: nothing of it is chosen, and its columns are its own. */
function Calendar({ table }: { table: FileTable }) {
  const { t } = useWords("add");
  const say = useMessage();
  const format = useFormat();
  const what = [say(table.title), t("files.tableRows", { count: table.rows, number: format.number(table.rows), context: "appointment" })].join(" · ");
  return <li className="border-t border-line px-4 py-2.5 text-hint text-ink2">{what}</li>;
}

/** The menu's value for a plain spreadsheet. */
const PLAIN = "-";

function HeaderRow({ value, onChange }: { value: number; onChange: (row: number) => void }) {
  const { t } = useWords("add");
  const [text, setText] = useState(String(value));
  const row = Number(text);
  const wrong = !Number.isInteger(row) || row < 0 || row > LAST_HEADER;
  const done = () => {
    if (!wrong && row !== value) onChange(row);
  };
  return (
    <div className="w-44">
      <Input
        label={t("files.header")}
        hint={t("files.header.none")}
        problem={wrong ? t("files.header.wrong", { last: String(LAST_HEADER) }) : undefined}
        inputMode="numeric"
        value={text}
        onChange={(event) => setText(event.target.value)}
        onBlur={done}
        onKeyDown={(event) => event.key === "Enter" && done()}
      />
    </div>
  );
}

function Columns({ table }: { table: FileTable }) {
  const { t } = useWords("add");
  return (
    <div className="mt-3 max-h-72 overflow-auto rounded-inset border border-line" tabIndex={0} role="region" aria-label={t("files.columnsOf", { name: table.name })}>
      <table className="w-full border-collapse text-left text-small">
        <thead className="sticky top-0 bg-sunken">
          <tr>
            {(["column", "values", "becomes"] as const).map((head) => (
              <th key={head} scope="col" className="px-3 py-1.5 text-head font-[550] text-ink2">
                {t(`files.head.${head}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.columns.map((column) => (
            <tr key={column.letters} className="border-t border-line align-top">
              <td className="px-3 py-1.5 font-[550] break-words">
                <span className="num mr-2 font-normal text-ink3">{column.letters}</span>
                {column.name}
              </td>
              <td className="max-w-64 truncate px-3 py-1.5 text-ink2" title={column.samples.join(", ")}>
                {column.samples.join(", ")}
              </td>
              <td className="px-3 py-1.5">
                <Becomes place={column.place} field={column.field} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** What a column is read as: "Email, partner". */
function Becomes({ place, field }: { place: string | null; field: string | null }) {
  const { t, i18n } = useWords("add");
  // Names come from the program at run time: their type cannot be known here.
  const say = i18n.t as unknown as (key: string, options: Record<string, unknown>) => string;
  const known = (key: string, ns: "add" | "fields", other: string) => (i18n.exists(key, { ns }) ? say(key, { ns }) : other.replaceAll("_", " "));
  if (field === null) return <span className="text-ink3">{t("files.kept")}</span>;
  const name = known(`field.${field}`, "fields", field);
  return <>{place === null || place === "primary" ? name : t("files.of", { field: name, place: known(`files.place.${place}`, "add", place) })}</>;
}

function Warnings({ warnings }: { warnings: FileView["warnings"] }) {
  const say = useMessage();
  if (warnings.length === 0) return null;
  return (
    <ul className="flex flex-col gap-1 px-4 py-2 text-hint text-warn">
      {warnings.map((warning, index) => (
        <li key={`${warning.code} ${String(index)}`} className="flex gap-2">
          <TriangleAlert size={13} className="mt-px flex-none" aria-hidden />
          {say(warning.message)}
        </li>
      ))}
    </ul>
  );
}
