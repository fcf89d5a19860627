import { useState } from "react";

import { keep, kept, type Theme, useTheme } from "@/app";
import { useWords } from "@/i18n";
import { Card, RadioGroup, Section, Switch } from "@/kit";

import { Line } from "./Line";

export function Appearance() {
  const { t, i18n } = useWords("settings");
  const [theme, setTheme] = useTheme();
  const [letters, setLetters] = useState(kept("letters") !== "off");
  const themes: { value: Theme; label: string }[] = [
    { value: "system", label: t("theme.system") },
    { value: "light", label: t("theme.light") },
    { value: "dark", label: t("theme.dark") },
  ];
  return (
    <Section title={t("appearance")}>
      <Card padded={false}>
        <Line title={t("theme")}>
          <RadioGroup label={t("theme")} value={theme} choices={themes} onChange={setTheme} />
        </Line>
        <Line title={t("letters")} text={t("letters.hint")}>
          <Switch
            label={t("letters")}
            labelHidden
            checked={letters}
            onChange={(on) => {
              keep("letters", on ? "on" : "off");
              setLetters(on);
            }}
          />
        </Line>
        <Line title={t("language")} text={t("language.text", { language: i18n.language === "en-US" ? t("language.us") : t("language.gb") })} />
      </Card>
    </Section>
  );
}
