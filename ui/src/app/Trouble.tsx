/** Errors of commands in their place, and the three states of data that is read. */
import { Link } from "@tanstack/react-router";
import type { UseQueryResult } from "@tanstack/react-query";
import { type ReactNode, useEffect } from "react";

import { canUnlock, troubleOf } from "@/api";
import { useMessage, useWords } from "@/i18n";
import { Button, ButtonLink, ErrorPanel, Skeleton, WedSyncMark } from "@/kit";

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

/** In the place of every screen: what stands before the clients, such as the passphrase that opens them. */
function Door({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const { t } = useWords();
  const say = useMessage();
  const { remedy, message, hints } = troubleOf(error);
  const isNew = remedy === "choose_passphrase";
  const locked = canUnlock && (isNew || remedy === "type_passphrase");
  const title = locked ? t(isNew ? "door.new" : "door.locked") : t("door.closed");
  useEffect(() => {
    document.title = t("window.title", { title });
  }, [t, title]);
  return (
    <main id="main" tabIndex={-1} className="h-full overflow-y-auto">
      <div className="mx-auto flex min-h-full w-full max-w-lg flex-col gap-6 p-8 pt-29 max-wide:p-6 max-wide:pt-12">
        <p className="flex items-center gap-2.5 text-title font-semibold">
          <WedSyncMark size={30} />
          {t("product")}
        </p>
        <h1 className="serif text-welcome text-balance">{title}</h1>
        {locked ? (
          <>
            <p className="text-title text-ink2">{[message, ...hints].map(say).join(" ")}</p>
            <Unlock isNew={isNew} />
          </>
        ) : (
          <TroublePanel error={error} onRetry={onRetry} />
        )}
      </div>
    </main>
  );
}

interface LoadedProps<T> {
  query: UseQueryResult<T>;
  rows?: number;
  /** Nothing else is on the page: an error is a page of its own. */
  whole?: boolean;
  children: (data: T) => ReactNode;
}

/** Skeleton, error or the data: `<Loaded query={jobs}>{(jobs) => …}</Loaded>`. */
export function Loaded<T>({ query, rows, whole = false, children }: LoadedProps<T>) {
  if (query.data !== undefined) return children(query.data);
  const again = () => void query.refetch();
  if (query.error !== null) return whole ? <Door error={query.error} onRetry={again} /> : <TroublePanel error={query.error} onRetry={again} />;
  return <Skeleton rows={rows} />;
}
