/** Clients that may already be in WedSync: two candidates wait for a person. */
import { Copy } from "lucide-react";

import { useRead } from "@/api";
import { Loaded, Page, useAppState } from "@/app";
import { useWords } from "@/i18n";
import { Card, CoupleName, Empty } from "@/kit";

import { duplicatesRoute } from "./route";

export function Duplicates() {
  const { t } = useWords("duplicates");
  const wanted = duplicatesRoute.useSearch().connection;
  const state = useAppState();
  const connection = state.data?.connections.find((each) => wanted === undefined || each.id === wanted);
  return (
    <Page title={t("title")} subtitle={connection?.name}>
      <Loaded query={state}>{() => (connection === undefined ? <None /> : <Groups connection={connection.id} />)}</Loaded>
    </Page>
  );
}

function None() {
  const { t } = useWords("duplicates");
  return <Empty icon={Copy} title={t("empty")} text={t("empty.text")} />;
}

function Groups({ connection }: { connection: string }) {
  const { t } = useWords("duplicates");
  const rows = useRead("review.list", { connection_id: connection, kind: "duplicate", state: "pending", limit: 500 });
  return (
    <Loaded query={rows}>
      {(data) =>
        data.total === 0 ? (
          <None />
        ) : (
          <Card padded={false}>
            <ul>
              {data.rows.map((row) => (
                <li key={row.seq} className="border-b border-line px-4 py-3 last:border-b-0">
                  <CoupleName names={row.summary.names} />
                  <p className="text-hint text-ink3">{t("records", { count: row.candidates })}</p>
                </li>
              ))}
            </ul>
          </Card>
        )
      }
    </Loaded>
  );
}
