/** Both records side by side, with what would be kept: WedSync's own value where it has one, the CRM's where it has none. */
import { Equal } from "lucide-react";

import { type ComparedRecord, type ConnectionView, useRead } from "@/api";
import { Loaded, useValues } from "@/app";
import { useWords } from "@/i18n";
import { CrmMark, WedSyncMark } from "@/kit";

export function Compare({ connection, seq, clientId }: { connection: ConnectionView; seq: number; clientId: string }) {
  const { t } = useWords("duplicates");
  const compared = useRead("review.compare", { connection_id: connection.id, seq, client_id: clientId });
  return (
    <Loaded query={compared} rows={6}>
      {({ records }) => (
        <div className="relative overflow-x-auto rounded-card border border-line bg-card" tabIndex={0} role="region" aria-label={t("table")}>
          <table className="w-full min-w-[480px] border-collapse text-left">
            <thead>
              <tr className="border-b border-line">
                <th scope="col" className="w-[22%] px-4 py-3">
                  <span className="sr-only">{t("field")}</span>
                </th>
                <th scope="col" className="px-3 py-3">
                  <span className="flex items-center gap-3">
                    <CrmMark provider={connection.provider} name={connection.name} size={24} />
                    <span>
                      <span className="block font-semibold">{connection.name}</span>
                      <span className="block text-hint font-normal text-ink3">{t("crm.text")}</span>
                    </span>
                  </span>
                </th>
                <th scope="col" className="px-3 py-3">
                  <span className="flex items-center gap-3">
                    <WedSyncMark size={24} />
                    <span>
                      <span className="block font-semibold">{t("wedsync")}</span>
                      <span className="block text-hint font-normal text-ink3">{t("wedsync.text")}</span>
                    </span>
                  </span>
                </th>
                <th scope="col" className="border-l border-line bg-sunken px-4 py-3">
                  <span className="block font-semibold">{t("result")}</span>
                  <span className="block text-hint font-normal text-ink3">{t("result.text")}</span>
                </th>
              </tr>
            </thead>
            {records.map((record, index) => (
              <Record key={index} record={record} />
            ))}
          </table>
        </div>
      )}
    </Loaded>
  );
}

function Record({ record }: { record: ComparedRecord }) {
  const { t } = useWords("duplicates");
  const values = useValues();
  const cell = (value: unknown) => values.text(value) ?? <span className="text-ink3">{t("missing")}</span>;
  const has = (value: unknown) => values.text(value) !== null;
  return (
    <tbody>
      <tr className="border-b border-line bg-sunken">
        <th scope="rowgroup" colSpan={4} className="px-4 py-1 text-head font-[550] text-ink3">
          {t(record.record_type === "person" ? "person" : "project")}
        </th>
      </tr>
      {record.fields.map((field) => {
        const chosen = "rounded-control bg-pri-soft outline outline-[1.5px] outline-pri";
        // What the planner does at a first link: an empty field is filled, one that has a value stays.
        const mine = has(field.crm) && !has(field.wedsync);
        return (
          <tr key={field.field} className="border-b border-line last:border-b-0">
            <th scope="row" className="px-4 py-1.5 text-hint font-normal text-ink3">
              {values.field(field.field)}
            </th>
            <td className="px-1 py-0.5">
              <span className={`block px-2 py-1 ${mine ? chosen : ""}`}>{cell(field.crm)}</span>
            </td>
            <td className="px-1 py-0.5">
              <span className={`flex items-center gap-2 px-2 py-1 ${!mine && has(field.wedsync) ? chosen : ""}`}>
                <span className="min-w-0 break-words">{cell(field.wedsync)}</span>
                {field.same && has(field.crm) && (
                  <>
                    <Equal size={13} className="flex-none text-ok" aria-hidden />
                    <span className="sr-only">{t("same")}</span>
                  </>
                )}
              </span>
            </td>
            <td className="border-l border-line bg-sunken px-4 py-1.5">{cell(mine ? field.crm : field.wedsync)}</td>
          </tr>
        );
      })}
    </tbody>
  );
}
