import { useState } from "react";

import { useCommand } from "@/api";
import { Loaded, tierName, TroublePanel, useAppState } from "@/app";
import { useFormat, useWords } from "@/i18n";
import { Button, Card, Confirm, Section } from "@/kit";

import { Line } from "./Line";

export function Account() {
  const { t } = useWords("settings");
  const format = useFormat();
  const state = useAppState();
  const [asked, setAsked] = useState(false);
  const signOut = useCommand("sign_out");
  return (
    <Section title={t("account")}>
      <Loaded query={state}>
        {({ signed_in: account, connections, profile }) =>
          profile.kind === "sample" ? (
            <Card>
              <p className="text-ink2">{t("account.sample")}</p>
            </Card>
          ) : account === null ? (
            <Card>
              <p className="text-ink2">{t("account.none")}</p>
            </Card>
          ) : (
            <Card padded={false}>
              <Line title={account.user_name} text={account.supplier_name}>
                <Button onClick={() => setAsked(true)}>{t("signOut")}</Button>
              </Line>
              <Line
                title={t("plan", { tier: tierName(account.tier) })}
                text={
                  account.connection_limit === null
                    ? t("plan.any")
                    : t("plan.used", { used: format.number(connections.length), limit: format.number(account.connection_limit) })
                }
              />
              <Line title={t("region")} text={t("region.text", { zone: account.time_zone, currency: account.currency, country: account.country })} />
            </Card>
          )
        }
      </Loaded>
      {signOut.error !== null && <TroublePanel error={signOut.error} />}
      <Confirm
        open={asked}
        onClose={() => setAsked(false)}
        title={t("signOut.ask")}
        text={t("signOut.text")}
        verb={t("signOut")}
        refusal={t("signOut.no")}
        busy={signOut.isPending}
        onConfirm={() => signOut.mutate({}, { onSettled: () => setAsked(false) })}
      />
    </Section>
  );
}
