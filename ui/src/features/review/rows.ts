/**
 * The rows of the review by index: headings one under another, each read page by page as it comes into view.
 *
 * The program filters, sorts and counts; here stands only the arithmetic from a row of the table to a heading and a place
 * under it, and which pages that needs. A page that is not there yet leaves its rows empty, in their place.
 */
import { keepPreviousData, useQueries } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";

import { call, keyOf, type ReviewList, type ReviewRow, type ReviewRows } from "@/api";

/** Rows of one request. */
export const PAGE = 100;
/** Rows that the program gives at most. */
const MOST = 500;
/** Rows read ahead of what is in view, both ways. */
const AHEAD = 50;
/** What is in view counts in steps of so many rows, so that scrolling by one asks for nothing and draws nothing anew. */
const STEP = 25;
/** A leap as far as this waits until the table rests: nobody sees the pages that a fling passes over. */
const LEAP = 3 * PAGE;
const REST_MS = 60;
/** How long a page that is out of view is kept: a walk through 100,000 rows must not hold them all. */
const KEPT_MS = 60_000;

/** What stands under one heading, as the program is asked for it. */
export interface Section {
  key: string;
  filter: Pick<ReviewList, "heading" | "alike" | "kind">;
}

export interface Part {
  key: string;
  total: number;
}

/** Where a row of the table stands. */
export function placeOf(parts: readonly Part[], index: number): { part: number; at: number } | null {
  let rest = index;
  for (const [part, { total }] of parts.entries()) {
    if (rest < total) return { part, at: rest };
    rest -= total;
  }
  return null;
}

/** The pages of each part that rows `from` to `to` stand on; the first page of each is always wanted, for its total. */
export function pagesFor(parts: readonly Part[], from: number, to: number): number[][] {
  let first = 0;
  return parts.map(({ total }) => {
    const pages = new Set([0]);
    const start = Math.max(from, first) - first;
    const end = Math.min(to, first + total - 1) - first;
    for (let page = Math.floor(start / PAGE); start <= end && page <= Math.floor(end / PAGE); page += 1) pages.add(page);
    first += total;
    return [...pages].sort((a, b) => a - b);
  });
}

export interface Range {
  from: number;
  to: number;
}

/** The rows to read for a view: a little more than it shows, in whole steps. */
export function around(from: number, to: number): Range {
  return { from: Math.max(0, Math.floor((from - AHEAD) / STEP) * STEP), to: Math.ceil((to + AHEAD) / STEP) * STEP };
}

export type Filter = Pick<ReviewList, "connection_id" | "search" | "sort">;

export interface Rows {
  parts: readonly Part[];
  total: number;
  at: (index: number) => ReviewRow | undefined;
  indexOf: (seq: number) => number | null;
  /** Reads the rows of a run, in view or not. */
  read: (from: number, to: number) => Promise<ReviewRow[]>;
  onRange: (from: number, to: number) => void;
  /** Nothing can be shown yet. */
  pending: boolean;
  /** What is shown belongs to the filter before. */
  stale: boolean;
  error: Error | null;
  retry: () => void;
}

export function useRows(filter: Filter, sections: readonly Section[]): Rows {
  const [range, setRange] = useState<Range>({ from: 0, to: 0 });
  const rest = useRef<ReturnType<typeof setTimeout>>(undefined);
  const asked = useRef(range);
  useEffect(() => () => clearTimeout(rest.current), []);
  const [known, setKnown] = useState<readonly Part[]>([]);
  const guess = sections.map(({ key }) => known.find((part) => part.key === key) ?? { key, total: 0 });
  const wanted = pagesFor(guess, range.from, range.to).flatMap((pages, part) =>
    pages.map((page) => ({ part, page, request: { ...filter, ...sections[part]?.filter, offset: page * PAGE, limit: PAGE } })),
  );
  const answers = useQueries({
    queries: wanted.map(({ request, page }) => ({
      queryKey: keyOf("review.list", request),
      queryFn: () => call("review.list", request),
      gcTime: KEPT_MS,
      ...(page === 0 ? { placeholderData: keepPreviousData<ReviewRows> } : {}),
    })),
  });
  const pages = new Map<string, ReviewRows>();
  wanted.forEach(({ part, page }, index) => {
    const data = answers[index]?.data;
    if (data !== undefined) pages.set(`${String(part)}:${String(page)}`, data);
  });
  const parts = sections.map(({ key }, part) => ({ key, total: pages.get(`${String(part)}:0`)?.total ?? 0 }));
  if (parts.length !== known.length || parts.some((part, index) => part.total !== known[index]?.total || part.key !== known[index]?.key)) setKnown(parts);

  const at = (index: number): ReviewRow | undefined => {
    const place = placeOf(parts, index);
    if (place === null) return undefined;
    const page = Math.floor(place.at / PAGE);
    return pages.get(`${String(place.part)}:${String(page)}`)?.rows[place.at - page * PAGE];
  };
  const indexOf = (seq: number): number | null => {
    let first = 0;
    for (const [part, { total }] of parts.entries()) {
      for (const [key, data] of pages) {
        const [of, page] = key.split(":").map(Number);
        if (of !== part || page === undefined) continue;
        const found = data.rows.findIndex((row) => row.seq === seq);
        if (found >= 0) return first + page * PAGE + found;
      }
      first += total;
    }
    return null;
  };
  const read = async (from: number, to: number): Promise<ReviewRow[]> => {
    const found: ReviewRow[] = [];
    let first = 0;
    for (const [part, { total }] of parts.entries()) {
      const last = Math.min(to, first + total - 1) - first;
      for (let offset = Math.max(from, first) - first; offset <= last; offset += MOST) {
        const limit = Math.min(MOST, last - offset + 1);
        found.push(...(await call("review.list", { ...filter, ...sections[part]?.filter, offset, limit })).rows);
      }
      first += total;
    }
    return found;
  };
  return {
    read,
    parts,
    total: parts.reduce((sum, part) => sum + part.total, 0),
    at,
    indexOf,
    onRange: useCallback((from: number, to: number) => {
      const next = around(from, to);
      clearTimeout(rest.current);
      if (next.from === asked.current.from && next.to === asked.current.to) return;
      const ask = () => {
        asked.current = next;
        setRange(next);
      };
      if (Math.abs(next.from - asked.current.from) < LEAP) ask();
      else rest.current = setTimeout(ask, REST_MS);
    }, []),
    pending: wanted.some(({ page }, index) => page === 0 && answers[index]?.data === undefined),
    stale: answers.some((answer) => answer.isPlaceholderData),
    error: answers.find((answer) => answer.error !== null)?.error ?? null,
    retry: () => answers.forEach((answer) => void answer.refetch()),
  };
}
