/** The way it reads, the other ways there are, and what may be done by it: facts of definitions and tokens, never guesses. */
import { AppWindow, CalendarClock, Check, CirclePause, FileDown, FileUp, type LucideIcon, Minus, Plug, Send, Workflow } from "lucide-react";
import { useState } from "react";

import { call, type ConnectionPage, type ProviderRoute, type RouteKind, saveText } from "@/api";
import { TroublePanel } from "@/app";
import { useMessage, useWords } from "@/i18n";
import { Badge, Button, Card, Section } from "@/kit";

import { Line } from "./Line";
import { type Permission, permissions, waysOf } from "./model";

const ICON: Record<RouteKind, LucideIcon> = { api: Plug, sign_in: AppWindow, file: FileUp, feed: CalendarClock, push: Send, bridge: Workflow };

export function Ways({ page }: { page: ConnectionPage }) {
  const { t } = useWords("connection");
  const { used, others } = waysOf(page);
  const name = page.provider_name ?? page.connection.name;
  return (
    <Section title={t("ways")}>
      <Card padded={false}>
        {used === undefined ? <Line title={t("ways.list")} text={t("ways.list.text")} /> : <Way route={used} name={name} used own={page.connection.provider.startsWith("custom")} id={page.connection.id} />}
        {others.map((route) => (
          <Way key={route.kind} route={route} name={name} />
        ))}
      </Card>
    </Section>
  );
}

/** The words of the wizard, where each way was chosen. */
function Way({ route, name, used = false, own = false, id }: { route: ProviderRoute; name: string; used?: boolean; own?: boolean; id?: string }) {
  const { t } = useWords("connection");
  const { t: add } = useWords("add");
  const say = useMessage();
  const Icon = ICON[route.kind];
  const known = route.kind === "file" && route.evidence === "specified" ? "any_list" : route.evidence;
  return (
    <Line
      title={
        <span className="flex items-center gap-2">
          <Icon size={15} className="flex-none" aria-hidden />
          {add(`ways.kind.${route.recognised ? "address" : route.kind}`, { name })}
        </span>
      }
      text={
        <>
          {add(`ways.known.${known}`, { name })}
          {used && route.note !== null && route.off_until === null && <> {say(route.note)}</>}
        </>
      }
    >
      {route.off !== undefined ? <Badge tone="warn" icon={CirclePause}>{t("ways.off")}</Badge> : used && route.off_until !== null && route.on_since === null ? <Badge tone="neutral" icon={CirclePause}>{t("state.way_off")}</Badge> : used ? <Badge tone="ok" icon={Check}>{t("ways.used")}</Badge> : route.works ? <span className="text-hint text-ink2">{t("ways.works")}</span> : <span className="text-hint text-ink3">{t("ways.later")}</span>}
      {own && id !== undefined && <SaveDefinition id={id} />}
    </Line>
  );
}

/** How a source of one's own is read, as a file for others. There is no key in it. */
function SaveDefinition({ id }: { id: string }) {
  const { t } = useWords("connection");
  const [error, setError] = useState<unknown>(null);
  const save = () => {
    setError(null);
    call("connector.export", { connection_id: id })
      .then(({ file_name, definition }) => saveText(file_name, "application/toml", definition))
      .catch((trouble: unknown) => setError(trouble));
  };
  return (
    <>
      <Button size="sm" icon={FileDown} onClick={save}>
        {t("ways.save")}
      </Button>
      {error !== null && <TroublePanel error={error} />}
    </>
  );
}

export function May({ page }: { page: ConnectionPage }) {
  const { t } = useWords("connection");
  const name = page.provider_name ?? page.connection.name;
  const rows = permissions(page);
  const writes = rows.some((row) => row.write === "works");
  return (
    <Section title={t("may")} note={writes ? undefined : t("may.readOnly", { name })}>
      <Card padded={false}>
        {rows.length === 0 ? (
          <Line title={t("may.list")} text={t("may.list.text")} />
        ) : (
          <table className="w-full text-left">
            <caption className="sr-only">{t("may")}</caption>
            <thead>
              <tr className="border-b border-line text-head text-ink2">
                <th scope="col" className="px-5 py-2 font-[550]">{t("may.record")}</th>
                <th scope="col" className="px-2 py-2 font-[550]">{t("may.read")}</th>
                <th scope="col" className="py-2 pr-5 pl-2 font-[550]">{t("may.write")}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <Row key={row.record} row={row} name={name} />
              ))}
            </tbody>
          </table>
        )}
        {page.granted !== null && (
          <div className="border-t border-line">
            <Line title={t("may.granted", { name })} text={page.granted.length === 0 ? t("may.granted.nothing") : page.granted.join(", ")} />
          </div>
        )}
      </Card>
    </Section>
  );
}

function Row({ row, name }: { row: Permission; name: string }) {
  const { t } = useWords("connection");
  const { t: add } = useWords("add");
  const say = useMessage();
  return (
    <tr className="border-b border-line align-top last:border-b-0">
      <th scope="row" className="px-5 py-2.5 font-normal">
        <span className="block font-semibold">{add(`record.${row.record}`)}</span>
        <span className="block text-hint text-ink2">{add(`ways.known.${row.evidence}`, { name })}</span>
        {row.limits.map((limit) => (
          <span key={limit.id} className="block text-hint text-ink2">{say(limit)}.</span>
        ))}
      </th>
      <td className="px-2 py-2.5">
        {row.read ? <Badge tone="ok" plain icon={Check}>{t("may.yes")}</Badge> : <Badge tone="neutral" plain icon={Minus}>{t("may.no")}</Badge>}
      </td>
      <td className="py-2.5 pr-5 pl-2">
        {row.write === "works" ? (
          <Badge tone="ok" plain icon={Check}>{t("may.yes")}</Badge>
        ) : (
          <span className="text-hint text-ink2">{t(row.write === "later" ? "may.later" : "may.never")}</span>
        )}
      </td>
    </tr>
  );
}
