/** Matching of the CRM's fields to WedSync's. */
import { Waypoints } from "lucide-react";

import { type ConnectionView, useRead } from "@/api";
import { Loaded, Page, useAppState } from "@/app";
import { useWords } from "@/i18n";
import { CrmMark, Empty } from "@/kit";

import { matchRoute } from "./route";

export function Match() {
  const { t } = useWords("match");
  const wanted = matchRoute.useSearch().connection;
  const state = useAppState();
  const connection = state.data?.connections.find((each) => wanted === undefined || each.id === wanted);
  return (
    <Page title={t("title")} subtitle={connection && <CrmName connection={connection} />}>
      <Loaded query={state}>{() => (connection === undefined ? <Empty icon={Waypoints} title={t("none")} /> : <Rules connection={connection.id} />)}</Loaded>
    </Page>
  );
}

function CrmName({ connection }: { connection: ConnectionView }) {
  return (
    <span className="inline-flex items-center gap-2">
      <CrmMark provider={connection.provider} name={connection.name} size={18} />
      {connection.name}
    </span>
  );
}

function Rules({ connection }: { connection: string }) {
  const { t } = useWords("match");
  const mapping = useRead("mapping.get", { connection_id: connection });
  return <Loaded query={mapping}>{(data) => <p>{t("matched", { count: data.rules.length })}</p>}</Loaded>;
}
