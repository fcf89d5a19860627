import { Tabs as Radix } from "radix-ui";
import type { ReactNode } from "react";

import { cx } from "./cx";

export interface Tab<V extends string> {
  value: V;
  label: string;
  /** A plain number, formatted; `tone` colours what needs a decision. */
  count?: string;
  tone?: "warn" | "bad";
}

interface TabsProps<V extends string> {
  label: string;
  value: V;
  tabs: readonly Tab<V>[];
  onChange: (value: V) => void;
  /** At the right end of the strip. */
  tools?: ReactNode;
  /** What the chosen tab shows. */
  children: ReactNode;
}

/** A strip of views of the same thing, 44 high, and the view under it. */
export function Tabs<V extends string>({ label, value, tabs, onChange, tools, children }: TabsProps<V>) {
  return (
    <Radix.Root value={value} onValueChange={(next) => onChange(next as V)} className="flex min-h-0 flex-1 flex-col">
      <div className="flex min-h-11 items-center gap-2 border-b border-line px-4">
        <Radix.List aria-label={label} className="flex min-w-0 flex-1 gap-0.5 overflow-x-auto py-1">
          {tabs.map((tab) => (
            <Radix.Trigger key={tab.value} value={tab.value} className="tab">
              {tab.label}
              {tab.count !== undefined && (
                <span className={cx("num text-hint", tab.tone === "warn" && "text-warn", tab.tone === "bad" && "text-bad")}>{tab.count}</span>
              )}
            </Radix.Trigger>
          ))}
        </Radix.List>
        {tools}
      </div>
      <Radix.Content value={value} className="flex min-h-0 flex-1 flex-col">
        {children}
      </Radix.Content>
    </Radix.Root>
  );
}
