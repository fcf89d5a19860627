import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";

import { type JobView, LiveProvider } from "@/api";
import { AnnouncerProvider, TooltipProvider } from "@/kit";

import { JobProgress } from "./JobProgress";

const JOB: JobView = {
  id: "job-1",
  connection_id: "crm-1",
  kind: "import",
  state: "running",
  status: "processing",
  processed: 40,
  total: 900,
  percent: 4,
  error: null,
  wait_until: null,
  counts: {},
  created_at: "2026-05-14T09:00:00Z",
  started_at: "2026-05-14T09:00:00Z",
  completed_at: null,
};
const FOUND = { new: 275, changed: 25, duplicate: 7, problem: 5 };
const FETCHED = [{ type: "begin" }, { type: "phase", phase: "fetch", detail: "job" }, { type: "tick", done: 1200, total: 1200 }];
const COMPARED = [...FETCHED, { type: "phase", phase: "plan", detail: "" }, { type: "tick", done: 312, total: 499, found: FOUND }];

/** The program behind the page, as far as this row asks it: a job's log, and commands that steer the job. */
let log: readonly object[] = [];
let asked: string[] = [];
beforeEach(() => {
  asked = [];
  vi.stubGlobal("EventSource", class { addEventListener() {} close() {} });
  vi.stubGlobal("fetch", (_: string, { body }: { body: string }) => {
    const { cmd, payload } = JSON.parse(body) as { cmd: string; payload: { after?: number } };
    asked.push(cmd);
    const events = log.map((event, index) => ({ seq: index + 1, at: JOB.created_at, event })).slice(payload.after ?? 0);
    return Promise.resolve(new Response(JSON.stringify({ ok: cmd === "job.events" ? { events } : JOB })));
  });
});

function show(job: JobView) {
  return render(
    <QueryClientProvider client={new QueryClient()}>
      <LiveProvider>
        <AnnouncerProvider>
          <TooltipProvider>
            <JobProgress job={job} crm="Tave" />
          </TooltipProvider>
        </AnnouncerProvider>
      </LiveProvider>
    </QueryClientProvider>,
  );
}

describe("a running import inside its row", () => {
  it("shows what was found, and the same numbers after a reload", async () => {
    log = COMPARED;
    const first = show(JOB);
    await screen.findByText("Importing 312 of 499 clients");
    const legend = () => screen.getAllByRole("listitem").map((item) => item.textContent);
    expect(legend()).toEqual(["275 new", "25 changed", "7 duplicates", "5 problems"]);
    expect(screen.getByRole("progressbar")).toHaveAttribute("aria-valuenow", "62");
    first.unmount();
    show(JOB);
    await screen.findByText("Importing 312 of 499 clients");
    expect(legend()).toEqual(["275 new", "25 changed", "7 duplicates", "5 problems"]);
  });

  it("makes no share of a total that still grows", async () => {
    log = FETCHED;
    show(JOB);
    await screen.findByText("Reading from Tave, 1,200 records so far");
    expect(screen.getByRole("progressbar")).not.toHaveAttribute("aria-valuenow");
  });

  it("says that a wait of the moment is for our own limit, and that the CRM asked where it did", async () => {
    log = [...FETCHED, { type: "waiting_crm", until: "2026-05-14T09:01:00Z" }];
    const first = show(JOB);
    await screen.findByText("We keep to the limit of Tave and wait a moment. Nothing is lost.");
    first.unmount();
    show({ ...JOB, state: "waiting_crm", wait_until: "2026-05-14T09:30:00Z" });
    await screen.findByText("Waiting for the CRM");
  });

  it("keeps its numbers while paused, and goes on when asked", async () => {
    log = COMPARED;
    show({ ...JOB, state: "paused" });
    await screen.findByText("Paused at 312 of 499");
    await userEvent.click(screen.getByRole("button", { name: "Resume" }));
    expect(asked).toContain("job.resume");
  });
});
