/** Matching of the CRM's fields to WedSync's. */
import { Waypoints } from "lucide-react";
import { useMemo } from "react";

import { type ConnectionView, useRead } from "@/api";
import { FieldNamesProvider, Loaded, Page, useAppState } from "@/app";
import { useWords } from "@/i18n";
import { CrmMark, Empty } from "@/kit";

import { Desk } from "./Desk";
import type { Rule } from "./model";
import { ownNames } from "./own";
import { matchRoute } from "./route";

export function Match() {
  const { t } = useWords("match");
  const wanted = matchRoute.useSearch().connection;
  const state = useAppState();
  const connection = state.data?.connections.find((each) => wanted === undefined || each.id === wanted);
  if (connection !== undefined) return <OfConnection key={connection.id} connection={connection} />;
  return (
    <Page title={t("title")}>
      <Loaded query={state}>{() => <Empty icon={Waypoints} title={t("none")} text={t("none.text")} />}</Loaded>
    </Page>
  );
}

/** What WedSync can hold comes first: without it there is nothing to match with. */
function OfConnection({ connection }: { connection: ConnectionView }) {
  const { t } = useWords("match");
  const request = { connection_id: connection.id };
  const schema = useRead("schema.get", {});
  const rules = useRead("mapping.get", request).data?.rules;
  const own = useRead("fields.list", request).data?.fields;
  const planned = useMemo(() => ownNames(own ?? [], (rules ?? []) as Rule[]), [own, rules]);
  const subtitle = <CrmName connection={connection} />;
  if (schema.data === undefined) {
    return (
      <Page title={t("title")} subtitle={subtitle}>
        <Loaded query={schema}>{() => null}</Loaded>
      </Page>
    );
  }
  return (
    <FieldNamesProvider planned={planned}>
      <Desk connection={connection} schema={schema.data.fields} subtitle={subtitle} />
    </FieldNamesProvider>
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
