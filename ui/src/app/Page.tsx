/** The frame of a screen: title bar, content, footer with actions, side panel. */
import { type ReactNode, useEffect } from "react";

import { useWords } from "@/i18n";
import { cx, Sheet, WedSyncMark } from "@/kit";

import { useNarrow } from "./media";

interface Panel {
  title: string;
  /** CSS pixels at usual text. */
  width?: 384 | 284 | 256;
  /** It begins below the title bar, which goes over both; else it takes the whole height. */
  below?: boolean;
  content: ReactNode;
  footer?: ReactNode;
  onClose: () => void;
}

export interface PageProps {
  title: string;
  /** Beside the title: a date, an account, a CRM mark with its name. */
  subtitle?: ReactNode;
  /** At the right of the title bar; one of them at most is primary. */
  actions?: ReactNode;
  /** The action bar at the foot. */
  footer?: ReactNode;
  /** A panel at the right; a sheet on narrow screens. Does not take the focus by opening. */
  panel?: Panel | undefined;
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
  const over = panel?.below === true && !narrow;
  // Header, content, panel, footer: in the order in which they are gone through, wherever they stand.
  return (
    <div className="grid min-h-0 min-w-0 flex-1 grid-cols-[minmax(0,1fr)_auto] grid-rows-[auto_minmax(0,1fr)_auto]">
      <header
        data-pane=""
        data-tauri-drag-region
        className={cx("row-start-1 flex min-h-13 items-center gap-3 border-b border-line px-6 max-wide:flex-wrap max-wide:px-4", over ? "col-span-2" : "col-start-1")}
        tabIndex={-1}
      >
        <span className="wide:hidden">
          <WedSyncMark />
        </span>
        <div className="flex min-w-0 flex-1 items-baseline gap-3 max-wide:flex-col max-wide:gap-0">
          <h1 className="text-title font-semibold">{title}</h1>
          {subtitle !== undefined && <span className="max-w-full truncate text-hint text-ink3 wide:text-small max-wide:whitespace-normal">{subtitle}</span>}
        </div>
        {actions !== undefined && <div className="flex items-center gap-2">{actions}</div>}
      </header>
      <main
        id="main"
        data-pane=""
        tabIndex={-1}
        className={cx("col-start-1 row-start-2 min-h-0 min-w-0", layout === "scroll" ? "overflow-y-auto p-6 max-wide:p-4" : "flex flex-col")}
      >
        {children}
      </main>
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
            className={cx("fade-in col-start-2 row-end-4 flex min-h-0 flex-col border-l border-line", over ? "row-start-2" : "row-start-1")}
            style={{ width: widthOf(panel.width ?? 384) }}
          >
            <div className="min-h-0 flex-1 overflow-y-auto">{panel.content}</div>
            {panel.footer !== undefined && <div className="flex min-h-13 flex-wrap items-center gap-2 border-t border-line px-5 py-2.5">{panel.footer}</div>}
          </aside>
        ))}
      {footer !== undefined && (
        <footer data-pane="" tabIndex={-1} className="col-start-1 row-start-3 flex max-h-[45dvh] min-h-13 flex-wrap items-center gap-3 overflow-y-auto border-t border-line bg-canvas px-4 py-2.5">
          {footer}
        </footer>
      )}
    </div>
  );
}

/** Larger text has a wider panel, as far as the table beside it can spare. */
const widthOf = (pixels: number): string => `min(${String(pixels / 16)}rem, max(${String(pixels)}px, 40vw))`;
