/** Settings that exist: appearance, account. */
import { useState } from "react";

import { useCommand } from "@/api";
import { keep, kept, Loaded, Page, type Theme, tierName, TroublePanel, useAppState, useTheme } from "@/app";
import { useWords } from "@/i18n";
import { Button, Card, Confirm, RadioGroup, Section, Switch } from "@/kit";

export function Settings() {
  const { t } = useWords("settings");
  const [theme, setTheme] = useTheme();
  const [letters, setLetters] = useState(kept("letters") !== "off");
  const themes: { value: Theme; label: string }[] = [
    { value: "system", label: t("theme.system") },
    { value: "light", label: t("theme.light") },
    { value: "dark", label: t("theme.dark") },
  ];
  return (
    <Page title={t("title")}>
      <div className="mx-auto flex max-w-3xl flex-col gap-6">
        <Section title={t("appearance")}>
          <Card className="flex flex-col gap-4">
            <RadioGroup label={t("theme")} value={theme} choices={themes} onChange={setTheme} />
            <Switch
              label={t("letters")}
              checked={letters}
              onChange={(on) => {
                keep("letters", on ? "on" : "off");
                setLetters(on);
              }}
            />
          </Card>
        </Section>
        <Account />
      </div>
    </Page>
  );
}

function Account() {
  const { t } = useWords("settings");
  const state = useAppState();
  const [asked, setAsked] = useState(false);
  const signOut = useCommand("sign_out");
  return (
    <Section title={t("account")}>
      <Loaded query={state}>
        {({ signed_in: account, version }) => (
          <Card className="flex flex-wrap items-center gap-4">
            <div className="flex-1">
              {account !== null && (
                <>
                  <p className="font-semibold">{account.supplier_name}</p>
                  <p className="text-hint text-ink3">{t("plan", { tier: tierName(account.tier) })}</p>
                </>
              )}
              <p className="text-hint text-ink3">{t("version", { version })}</p>
            </div>
            <Button onClick={() => setAsked(true)}>{t("signOut")}</Button>
          </Card>
        )}
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
