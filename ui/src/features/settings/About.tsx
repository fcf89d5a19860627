import { Stethoscope } from "lucide-react";

import { useCommand } from "@/api";
import { Loaded, TroublePanel, useAppState } from "@/app";
import { useMessage, useWords } from "@/i18n";
import { Button, Card, Section, WedSyncMark } from "@/kit";

import { Line } from "./Line";

export function About() {
  const { t } = useWords("settings");
  const say = useMessage();
  const state = useAppState();
  const doctor = useCommand("doctor.run");
  return (
    <Section title={t("about")}>
      <Card padded={false}>
        <Loaded query={state} rows={1}>
          {({ version }) => (
            <Line
              title={
                <span className="flex items-center gap-3">
                  <WedSyncMark size={40} />
                  {t("version", { version })}
                </span>
              }
            />
          )}
        </Loaded>
        <Line title={t("doctor")} text={t("doctor.text")}>
          <Button icon={Stethoscope} busy={doctor.isPending} onClick={() => doctor.mutate({})}>
            {t("doctor.run")}
          </Button>
        </Line>
        <div role="status">
          {doctor.data !== undefined && (
            <ul className="border-b border-line px-5 py-3 last:border-b-0">
              {doctor.data.checks.map((check, index) => (
                <li key={`${check.id}-${String(index)}`} className="flex gap-3 py-0.5">
                  <span className={check.ok ? "w-24 flex-none text-ok" : "w-24 flex-none font-semibold text-warn"}>{check.ok ? t("doctor.ok") : t("doctor.look")}</span>
                  <span>{say(check.message)}</span>
                </li>
              ))}
            </ul>
          )}
        </div>
        <Line title={t("shortcuts")} text={t("shortcuts.text")} />
      </Card>
      {doctor.error !== null && <TroublePanel error={doctor.error} />}
    </Section>
  );
}
