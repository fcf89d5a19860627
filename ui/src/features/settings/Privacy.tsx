/** Where clients' details are, and a copy of them for the supplier. */
import { FileDown } from "lucide-react";
import { useState } from "react";

import { call, type ExportClient, saveText } from "@/api";
import { csv, Loaded, TroublePanel, useAppState } from "@/app";
import { useWords } from "@/i18n";
import { Button, Card, Section, useToast } from "@/kit";

import { Line } from "./Line";

export function Privacy() {
  const { t } = useWords("settings");
  const state = useAppState();
  const toast = useToast();
  const [busy, setBusy] = useState<"csv" | "json" | null>(null);
  const [error, setError] = useState<unknown>(null);
  const save = (as: "csv" | "json") => () => {
    setBusy(as);
    setError(null);
    call("export.clients", {})
      .then(async ({ clients }) => {
        const saved =
          as === "csv"
            ? saveText("wedsync-clients.csv", "text/csv", clientsAsCsv(clients))
            : saveText("wedsync-clients.json", "application/json", JSON.stringify({ clients }, null, 2));
        if (await saved) toast({ text: t("export.done", { count: clients.length }) });
      })
      .catch((trouble: unknown) => setError(trouble))
      .finally(() => setBusy(null));
  };
  return (
    <Section title={t("privacy")}>
      <Card padded={false}>
        <Line title={t("privacy.here")} text={t("privacy.hereText")} />
        <Line title={t("privacy.wedsync")} text={t("privacy.wedsyncText")} />
        <Line title={t("privacy.keys")} text={t("privacy.keysText")} />
        <Loaded query={state} rows={1}>
          {({ profile }) => <Line title={t("profile")} text={t("profile.text", { name: profile.name, kind: t(`profile.${profile.kind}`) })} />}
        </Loaded>
        <Line title={t("export")} text={t("export.text")}>
          <Button icon={FileDown} busy={busy === "csv"} onClick={save("csv")}>
            {t("export.csv")}
          </Button>
          <Button icon={FileDown} busy={busy === "json"} onClick={save("json")}>
            {t("export.json")}
          </Button>
        </Line>
      </Card>
      {error !== null && <TroublePanel error={error} />}
    </Section>
  );
}

/** One row a client; everything else is in the JSON. */
function clientsAsCsv(clients: readonly ExportClient[]): string {
  return csv(
    ["id", "external_id", "first_name", "last_name", "email", "phone", "wedding_date", "venue_name"],
    clients.map((client) => [
      client.id, client.external_id, client.first_name, client.last_name, client.email,
      typeof client.phone === "string" || client.phone === null ? client.phone : JSON.stringify(client.phone),
      client.wedding_date, client.venue_name,
    ]),
  );
}
