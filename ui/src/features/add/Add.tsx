/** The wizard that connects a CRM: choose, connect, what to bring, preview. */
import { Link } from "@tanstack/react-router";
import { useEffect } from "react";

import { useRead } from "@/api";
import { Loaded } from "@/app";
import { useMessage, useWords } from "@/i18n";
import { ButtonLink, Card, CrmMark } from "@/kit";

export function Add() {
  const { t } = useWords("add");
  const say = useMessage();
  const providers = useRead("providers.list", {});
  useEffect(() => {
    document.title = t("title");
  }, [t]);
  return (
    <main id="main" tabIndex={-1} className="h-full overflow-y-auto p-12 max-wide:p-4">
      <h1 className="text-figure font-semibold">{t("title")}</h1>
      <p className="mt-1 text-row text-ink2">{t("lead")}</p>
      <ul className="my-6 grid gap-3.5 wide:grid-cols-2 desk:grid-cols-3">
        <Loaded query={providers}>
          {(data) =>
            data.providers.map((provider) => (
              <li key={provider.key}>
                <Card className="flex items-center gap-3.5">
                  <CrmMark provider={provider.key} name={provider.name} size={40} />
                  <div>
                    <p className="font-semibold">{provider.name}</p>
                    <p className="text-hint text-ink3">{say({ id: provider.description, params: {} })}</p>
                  </div>
                </Card>
              </li>
            ))
          }
        </Loaded>
      </ul>
      <ButtonLink>
        <Link to="/home">{t("cancel")}</Link>
      </ButtonLink>
    </main>
  );
}
