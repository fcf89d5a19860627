/** Who else is told of what is new in WedSync, and the way to their page. */
import { Link } from "@tanstack/react-router";

import { useRead } from "@/api";
import { Loaded } from "@/app";
import { useFormat, useWords } from "@/i18n";
import { ButtonLink, Card, Section } from "@/kit";

import { Line } from "./Line";

export function Others() {
  const { t } = useWords("settings");
  const format = useFormat();
  const hooks = useRead("hooks.list", {});
  return (
    <Section title={t("others")}>
      <Card padded={false}>
        <Loaded query={hooks} rows={1}>
          {(data) => (
            <Line title={data.hooks.length === 0 ? t("others.none") : t("others.some", { names: format.list(data.hooks.map(({ name }) => name)) })} text={t("others.text")}>
              <ButtonLink>
                <Link to="/others">{t("others.open")}</Link>
              </ButtonLink>
            </Line>
          )}
        </Loaded>
      </Card>
    </Section>
  );
}
