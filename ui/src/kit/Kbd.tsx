import type { ReactNode } from "react";

/** A key, drawn as one. The caller says ⌘ or Ctrl (app/shortcuts knows). */
export function Kbd({ children }: { children: ReactNode }) {
  return (
    <kbd className="inline-grid h-[18px] min-w-[18px] place-items-center rounded-cell border border-line2 bg-card px-1 font-sans text-tiny text-ink2">
      {children}
    </kbd>
  );
}
