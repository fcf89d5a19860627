/** The frame of a screen: title bar, content, footer with actions, side panel. */
import { type ReactNode, useEffect } from "react";

import { useWords } from "@/i18n";
import { Sheet, WedSyncMark } from "@/kit";

import { useNarrow } from "./media";

export interface PageProps {
  title: string;
  /** Beside the title: a date, an account, a CRM mark with its name. */
  subtitle?: ReactNode;
  /** At the right of the title bar; one of them at most is primary. */
  actions?: ReactNode;
  /** The action bar at the foot. */
  footer?: ReactNode;
  /** A panel at the right; a sheet on narrow screens. Does not take the focus by opening. */
  panel?: { title: string; width?: 384 | 284 | 256; content: ReactNode; footer?: ReactNode; onClose: () => void } | undefined;
  /** `scroll`: a page that scrolls, with padding. `fill`: the content fills the height and scrolls by itself. */
  layout?: "scroll" | "fill";
  children: ReactNode;
}

export function Page({ title, subtitle, actions, footer, panel, layout = "scroll", children }: PageProps) {
  const { t } = useWords();
  const narrow = useNarrow();
  useEffect(() => {
    document.title = t("window.title", { title });
  }, [title, t]);
  return (
    <div className="flex min-h-0 min-w-0 flex-1">
      <div className="flex min-h-0 min-w-0 flex-1 flex-col">
        <header data-pane="" data-tauri-drag-region className="flex min-h-13 flex-none items-center gap-3 border-b border-line px-6 max-wide:flex-wrap max-wide:px-4" tabIndex={-1}>
          <span className="wide:hidden">
            <WedSyncMark />
          </span>
          <div className="flex min-w-0 flex-1 items-baseline gap-3 max-wide:flex-col max-wide:gap-0">
            <h1 className="text-title font-semibold">{title}</h1>
            {subtitle !== undefined && <span className="truncate text-hint text-ink3 wide:text-small">{subtitle}</span>}
          </div>
          {actions !== undefined && <div className="flex items-center gap-2">{actions}</div>}
        </header>
        <main
          id="main"
          data-pane=""
          tabIndex={-1}
          className={layout === "scroll" ? "min-h-0 flex-1 overflow-y-auto p-6 max-wide:p-4" : "flex min-h-0 flex-1 flex-col"}
        >
          {children}
        </main>
        {footer !== undefined && (
          <footer data-pane="" tabIndex={-1} className="flex min-h-13 flex-none flex-wrap items-center gap-3 border-t border-line bg-canvas px-4 py-2.5">
            {footer}
          </footer>
        )}
      </div>
      {panel !== undefined &&
        (narrow ? (
          <Sheet open onClose={panel.onClose} title={panel.title} footer={panel.footer}>
            {panel.content}
          </Sheet>
        ) : (
          <aside
            data-pane=""
            tabIndex={-1}
            aria-label={panel.title}
            className="fade-in flex min-h-0 flex-none flex-col border-l border-line"
            style={{ width: panel.width ?? 384 }}
          >
            <div className="min-h-0 flex-1 overflow-y-auto">{panel.content}</div>
            {panel.footer !== undefined && <div className="flex min-h-13 items-center gap-2 border-t border-line px-5 py-2.5">{panel.footer}</div>}
          </aside>
        ))}
    </div>
  );
}
