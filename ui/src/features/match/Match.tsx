/** Matching of the CRM's fields to WedSync's. */
import { Waypoints } from "lucide-react";

import { type ConnectionView } from "@/api";
import { Loaded, Page, useAppState } from "@/app";
import { useWords } from "@/i18n";
import { CrmMark, Empty } from "@/kit";

import { Desk } from "./Desk";
import { matchRoute } from "./route";

export function Match() {
  const { t } = useWords("match");
  const wanted = matchRoute.useSearch().connection;
  const state = useAppState();
  const connection = state.data?.connections.find((each) => wanted === undefined || each.id === wanted);
  if (connection !== undefined) return <Desk key={connection.id} connection={connection} subtitle={<CrmName connection={connection} />} />;
  return (
    <Page title={t("title")}>
      <Loaded query={state}>{() => <Empty icon={Waypoints} title={t("none")} text={t("none.text")} />}</Loaded>
    </Page>
  );
}

function CrmName({ connection }: { connection: ConnectionView }) {
  return (
    <span className="inline-flex items-center gap-2">
      <CrmMark provider={connection.provider} name={connection.name} size={18} />
      {connection.account_name === null ? connection.name : `${connection.name}, ${connection.account_name}`}
    </span>
  );
}
