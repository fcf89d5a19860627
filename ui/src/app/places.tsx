/** Where one can go from anywhere, and how many things wait there. */
import type { LucideIcon } from "lucide-react";

export interface Place {
  to: "/home" | "/review" | "/duplicates" | "/history" | "/settings";
  label: string;
  icon: LucideIcon;
  count?: number;
}

export function Count({ count }: { count: number }) {
  return (
    <span className="num absolute -right-4 -top-2 rounded-full border border-line2 bg-card px-1 text-tiny leading-3.5 font-normal text-ink2">{count}</span>
  );
}
