import { Fragment } from "react";

import { useWords } from "@/i18n";

import { cx } from "./cx";

/** Stays with the name after it: a line may end with a name and never with the ampersand. */
const AND = " &\u00a0";

/**
 * The names of a couple, as written. `subject`: serif with an italic ampersand, where the couple is what the screen is
 * about. `row`: interface type, for tables.
 */
export function CoupleName({ names, as = "row", className }: { names: readonly string[]; as?: "subject" | "row"; className?: string }) {
  if (names.length === 0) return <NoNames className={className} />;
  return (
    <span className={cx(as === "subject" ? "serif" : "font-semibold", className)}>
      {names.map((name, index) => (
        <Fragment key={index}>
          {index > 0 && <span className={as === "subject" ? "italic" : "font-normal text-ink3"}>{as === "subject" ? AND : " & "}</span>}
          {name}
        </Fragment>
      ))}
    </span>
  );
}

/** Apart, so that names themselves need no words: a table draws thousands of them. */
function NoNames({ className }: { className: string | undefined }) {
  const { t } = useWords("kit");
  return <span className={cx("text-ink3", className)}>{t("couple.none")}</span>;
}
