/** The way out: what ends, what is told at the CRM, and what stays where. */
import { Plug } from "lucide-react";
import { useState } from "react";

import { type ConnectionPage, type Disconnected, useCommand } from "@/api";
import { TroublePanel } from "@/app";
import { useWords } from "@/i18n";
import { Button, Card, Confirm, Section } from "@/kit";

import { Line } from "./Line";

export function Leave({ page, onEnded }: { page: ConnectionPage; onEnded: (how: Disconnected) => void }) {
  const { t } = useWords("connection");
  const [asked, setAsked] = useState(false);
  const { id, name } = page.connection;
  const crm = page.provider_name ?? name;
  const leave = useCommand("connection.delete", { onSuccess: onEnded });
  const told = t(page.opening.with === "session" ? "leave.session" : `leave.${page.opening.telling}`, { name: crm });
  return (
    <Section title={t("leave")}>
      <Card padded={false}>
        <Line title={t("leave.here")} text={t("leave.here.text")} />
        <Line title={t("leave.there", { name: crm })} text={told} />
        <Line title={t("leave.stays")} text={t("leave.stays.text", { name: crm })}>
          <Button look="danger" icon={Plug} onClick={() => setAsked(true)}>
            {t("leave.do")}
          </Button>
        </Line>
      </Card>
      {leave.error !== null && (
        <div className="mt-3">
          <TroublePanel error={leave.error} />
        </div>
      )}
      <Confirm
        open={asked}
        onClose={() => setAsked(false)}
        title={t("leave.ask", { name })}
        text={[t("leave.here.text"), told, t("leave.stays.text", { name: crm })].join(" ")}
        verb={t("leave.verb", { name })}
        refusal={t("leave.no")}
        look="danger"
        busy={leave.isPending}
        onConfirm={() => leave.mutate({ connection_id: id }, { onSettled: () => setAsked(false) })}
      />
    </Section>
  );
}
