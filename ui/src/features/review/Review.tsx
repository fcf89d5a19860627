/** Clients as they would be uploaded, before anything is. */
import { keepPreviousData } from "@tanstack/react-query";
import { PencilLine } from "lucide-react";
import { useState } from "react";

import { type ReviewRow, useRead } from "@/api";
import { Loaded, Page, useAppState } from "@/app";
import { useFormat, useMessage, useWords } from "@/i18n";
import { type Column, CoupleName, DataGrid, Empty } from "@/kit";

import { reviewRoute } from "./route";

/** Rows asked for at a time. */
const PAGE = 500;

export function Review() {
  const { t } = useWords("review");
  const wanted = reviewRoute.useSearch().connection;
  const state = useAppState();
  const connection = state.data?.connections.find((each) => wanted === undefined || each.id === wanted);
  return (
    <Page title={t("title")} subtitle={connection?.name} layout="fill">
      <Loaded query={state}>{() => (connection === undefined ? <NothingYet /> : <Rows connection={connection.id} />)}</Loaded>
    </Page>
  );
}

function NothingYet() {
  const { t } = useWords("review");
  return (
    <div className="p-6">
      <Empty icon={PencilLine} title={t("empty")} text={t("empty.text")} />
    </div>
  );
}

function Rows({ connection }: { connection: string }) {
  const { t } = useWords("review");
  const say = useMessage();
  const format = useFormat();
  const [selected, setSelected] = useState<number | null>(null);
  const [offset, setOffset] = useState(0);
  const rows = useRead("review.list", { connection_id: connection, offset, limit: PAGE }, { placeholderData: keepPreviousData });
  const kind = (row: ReviewRow) => say({ id: `hub.unit_kind.${row.kind}`, params: {} });
  const missing = <span className="text-ink3">{t("missing")}</span>;
  const columns: Column<ReviewRow>[] = [
    { key: "status", head: t("column.status"), width: 160, cell: kind },
    { key: "couple", head: t("column.couple"), width: 240, grow: true, cell: (row) => <CoupleName names={row.summary.names} /> },
    { key: "wedding", head: t("column.wedding"), width: 110, cell: (row) => (row.summary.wedding_date === null ? missing : format.date(row.summary.wedding_date)) },
    { key: "venue", head: t("column.venue"), width: 160, cell: (row) => row.summary.venue ?? missing },
    { key: "email", head: t("column.email"), width: 200, cell: (row) => row.summary.email ?? missing },
    { key: "phone", head: t("column.phone"), width: 130, cell: (row) => row.summary.phone ?? missing },
  ];
  return (
    <Loaded query={rows}>
      {(data) =>
        data.total === 0 ? (
          <NothingYet />
        ) : (
          <DataGrid
            label={t("table")}
            columns={columns}
            rowCount={data.total}
            rowAt={(index) => (rows.isPlaceholderData ? undefined : data.rows[index - offset])}
            rowLabel={(row) => t("row", { names: format.list(row.summary.names), kind: kind(row) })}
            selected={selected}
            onSelect={setSelected}
            onRange={(from) => setOffset(Math.floor(from / (PAGE / 2)) * (PAGE / 2))}
          />
        )
      }
    </Loaded>
  );
}
