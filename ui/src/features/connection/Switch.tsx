/** A way that the provider allows nobody: since when it is on, and switching it off; or that it is off, with the note. */
import { useState } from "react";

import { type ConnectionPage, useCommand } from "@/api";
import { TroublePanel } from "@/app";
import { useFormat, useMessage, useWords } from "@/i18n";
import { Button, Confirm } from "@/kit";

import { Line } from "./Line";
import { waysOf } from "./model";

export function Switch({ page }: { page: ConnectionPage }) {
  const { t } = useWords("connection");
  const format = useFormat();
  const [asked, setAsked] = useState(false);
  const end = useCommand("crm_way.end");
  const say = useMessage();
  const used = waysOf(page).used;
  const since = used?.on_since ?? null;
  const note = used?.off_until ?? null;
  const name = page.provider_name ?? page.connection.name;
  if (since === null) {
    if (note === null) return null;
    return <Line title={t("way.is_off")} text={say(note)} />;
  }
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
