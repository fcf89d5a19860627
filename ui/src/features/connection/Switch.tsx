/** A way that the provider allows nobody: since when it is on, and switching it off. */
import { useState } from "react";

import { type ConnectionPage, useCommand } from "@/api";
import { TroublePanel } from "@/app";
import { useFormat, useWords } from "@/i18n";
import { Button, Confirm } from "@/kit";

import { Line } from "./Line";
import { waysOf } from "./model";

export function Switch({ page }: { page: ConnectionPage }) {
  const { t } = useWords("connection");
  const format = useFormat();
  const [asked, setAsked] = useState(false);
  const end = useCommand("crm_way.end");
  const since = waysOf(page).used?.on_since ?? null;
  if (since === null) return null;
  const name = page.provider_name ?? page.connection.name;
  return (
    <>
      <Line title={t("way")} text={t("way.since", { name, when: format.moment(since) })}>
        <Button onClick={() => setAsked(true)}>{t("way.off")}</Button>
      </Line>
      {end.error !== null && <TroublePanel error={end.error} />}
      <Confirm
        open={asked}
        onClose={() => setAsked(false)}
        title={t("way.ask", { name })}
        text={t("way.text", { name })}
        verb={t("way.off")}
        refusal={t("way.no")}
        look="danger"
        busy={end.isPending}
        onConfirm={() => end.mutate({ provider: page.connection.provider }, { onSettled: () => setAsked(false) })}
      />
    </>
  );
}
