/** Errors of commands in their place, and the three states of data that is read. */
import { Link } from "@tanstack/react-router";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { canUnlock, troubleOf } from "@/api";
import { useMessage, useWords } from "@/i18n";
import { Button, ButtonLink, ErrorPanel, Skeleton } from "@/kit";

import { Unlock } from "./Unlock";

/** What went wrong, with the one thing that can be done about it. */
export function TroublePanel({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { t } = useWords();
  const say = useMessage();
  const trouble = troubleOf(error);
  const fix = (): ReactNode => {
    switch (trouble.remedy) {
      case "retry":
        return onRetry === undefined ? undefined : <Button onClick={onRetry}>{t("trouble.retry")}</Button>;
      case "sign_in":
        return (
          <ButtonLink look="primary">
            <Link to="/welcome">{t("trouble.signIn")}</Link>
          </ButtonLink>
        );
      case "open_settings":
        return (
          <ButtonLink>
            <Link to="/settings">{t("trouble.settings")}</Link>
          </ButtonLink>
        );
      case "reload":
        return <Button onClick={() => window.location.reload()}>{t("trouble.reload")}</Button>;
      case "choose_passphrase":
      case "type_passphrase":
        return canUnlock ? <Unlock isNew={trouble.remedy === "choose_passphrase"} /> : undefined;
      case "none":
        return undefined;
    }
  };
  return (
    <ErrorPanel
      text={say(trouble.message)}
      hints={trouble.hints.map(say)}
      fix={fix()}
      tone={trouble.tone === "bad" ? "bad" : "warn"}
      details={trouble.reference === null ? undefined : `${trouble.code} ${trouble.reference}`}
    />
  );
}

/** Skeleton, error or the data: `<Loaded query={jobs}>{(jobs) => …}</Loaded>`. */
export function Loaded<T>({ query, rows, children }: { query: UseQueryResult<T>; rows?: number; children: (data: T) => ReactNode }) {
  if (query.data !== undefined) return children(query.data);
  if (query.error !== null) return <TroublePanel error={query.error} onRetry={() => void query.refetch()} />;
  return <Skeleton rows={rows} />;
}
