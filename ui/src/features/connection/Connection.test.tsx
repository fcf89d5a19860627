import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createMemoryHistory, createRootRoute, createRouter, RouterProvider } from "@tanstack/react-router";
import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";

import { type ConnectionPage, LiveProvider } from "@/api";
import { AnnouncerProvider, ToastProvider, TooltipProvider } from "@/kit";

import { Body } from "./Connection";

const HELP = { id: "connector.tave.key_help", params: { name: "Tave" } };
const PAGE: ConnectionPage = {
  connection: {
    id: "crm-1", provider: "tave", route: "api", name: "Tave", status: "connected", account_name: "Harlow & Finch Photography", time_zone: "Europe/London", currency: "GBP",
    base_url: null, key_hint: "c0de", scope: { excluded_record_types: [], from: null, until: null, historical: true, closed: true, hidden: false, people_without_job: false, leave_out_anonymised: true },
    decisions: {}, last_sync_at: null, last_sync_status: null, error: null, paused_since: null,
  },
  provider_name: "Tave",
  account_id: "studio-77",
  country: null,
  way: "api",
  ways: [
    { kind: "api", works: true, evidence: "documented", auth: "header", asks: [], needs_address: false, recognised: false, help: HELP, note: null, off_until: null, on_since: null, formats: [], exports: [] },
    { kind: "bridge", works: false, evidence: "observed", auth: "address", asks: [], needs_address: false, recognised: false, help: HELP, note: null, off_until: null, on_since: null, formats: [], exports: [] },
  ],
  features: [
    { route: "api", record: "person", operation: "read", works: true, evidence: "documented", limitation: null },
    { route: "api", record: "person", operation: "update", works: false, evidence: "documented", limitation: null },
  ],
  granted: null,
  writes: null,
  opening: { with: "key", given_at: "2026-05-01T08:00:00Z", renew_after_days: 365, renew_due: false, telling: "by_hand" },
  budget: [{ requests: 60, per_seconds: 60, left: 0, oldest_leaves_at: "2026-05-14T08:30:00Z" }, { requests: 1000, per_seconds: 3600, left: 388, oldest_leaves_at: null }],
  blocked_until: null,
  agreements: [{ to: "what_to_bring", text_version: "2026-05", at: "2026-05-01T08:05:00Z" }],
  last_read: null,
  calendar_left: null,
  connected_at: "2026-05-01T08:00:00Z",
};

let asked: { cmd: string; payload: object }[] = [];
beforeEach(() => {
  asked = [];
  vi.stubGlobal("EventSource", class { addEventListener() {} close() {} });
  vi.stubGlobal("fetch", (_: string, { body }: { body: string }) => {
    const request = JSON.parse(body) as { cmd: string; payload: object };
    asked.push(request);
    return Promise.resolve(new Response(JSON.stringify({ ok: request.cmd === "connection.delete" ? { at_crm: "stays_good" } : PAGE.connection })));
  });
});

async function show(page: ConnectionPage, onEnded = vi.fn()) {
  const component = () => <Body page={page} onEnded={onEnded} />;
  const router = createRouter({ routeTree: createRootRoute({ component }), history: createMemoryHistory() });
  render(
    <QueryClientProvider client={new QueryClient()}>
      <LiveProvider>
        <AnnouncerProvider>
          <TooltipProvider>
            <ToastProvider>
              <RouterProvider router={router} />
            </ToastProvider>
          </TooltipProvider>
        </AnnouncerProvider>
      </LiveProvider>
    </QueryClientProvider>,
  );
  await screen.findByRole("heading", { name: "What it may do" });
  return onEnded;
}

const part = (name: string) => within(screen.getByRole("heading", { name }).closest("section") ?? document.body);

describe("the page of a connection", () => {
  it("tells facts: the way, the account, what it may do, what was used", async () => {
    await show(PAGE);
    expect(part("How it connects").getByText("From Tave itself")).toBeVisible();
    expect(part("How it connects").getByText("Not in this version yet")).toBeVisible();
    expect(part("Whose account").getByText("studio-77")).toBeVisible();
    const row = within(screen.getByRole("row", { name: /Clients and partners/ }));
    expect(row.getByText("Yes")).toBeVisible();
    expect(row.getByText("Not in this version")).toBeVisible();
    expect(part("Requests").getByText("60 of 60")).toBeVisible();
    expect(part("Requests").getByText(/^None left\. The next one is free at/)).toBeVisible();
    expect(part("Requests").getByText("388 left")).toBeVisible();
    expect(part("What you agreed to").getByText(/Text 2026-05\./)).toBeVisible();
    expect(screen.queryByText(/allowed when you signed in/i)).toBeNull();
    expect(screen.queryByText(/days old/)).toBeNull();
  });

  it("reminds of an old key, says where another is made, and never keeps one", async () => {
    await show({ ...PAGE, opening: { ...PAGE.opening, given_at: "2024-01-01T00:00:00Z", renew_due: true } });
    expect(screen.getByText(/^The key of Tave is [\d,]+ days old$/)).toBeVisible();
    await userEvent.click(screen.getAllByRole("button", { name: "Replace key" })[0]!);
    const dialog = within(await screen.findByRole("dialog", { name: "Replace the key of Tave" }));
    await userEvent.type(dialog.getByLabelText("New API key"), "secret-1");
    await userEvent.click(dialog.getByRole("button", { name: "Replace key" }));
    expect(asked.find(({ cmd }) => cmd === "connection.set_key")?.payload).toEqual({ connection_id: "crm-1", key: "secret-1" });
    await vi.waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(document.body.innerHTML).not.toContain("secret-1");
  });

  it("asks for a sign-in with one button, of a session and of the browser", async () => {
    const connection = { ...PAGE.connection, key_hint: "", status: "pending_auth" as const, error: { id: "error.crm.session_over", params: { provider: "Light Blue" } } };
    await show({ ...PAGE, connection, opening: { with: "session", given_at: null, renew_after_days: null, renew_due: false, telling: "by_hand" }, granted: ["clients.read"] });
    expect(screen.getByText("Sign in to Tave again")).toBeVisible();
    expect(screen.getAllByRole("link", { name: "Sign in again" })[0]).toHaveAttribute("href", "/add?step=connect&connection=crm-1");
    expect(screen.getByText("Given before this version kept the day")).toBeVisible();
    expect(screen.getByText("clients.read")).toBeVisible();
    expect(screen.queryByRole("button", { name: "Replace key" })).toBeNull();
    expect(screen.getAllByText(/may count you as signed in/).length).toBeGreaterThan(0);
  });

  it("has no key, no requests and no check for files, and says how a newer one comes", async () => {
    await show({
      ...PAGE, provider_name: null, account_id: null, way: "file", ways: [], features: [], budget: [], agreements: [],
      connection: { ...PAGE.connection, provider: "spreadsheet", route: "file", name: "Enquiries 2024", key_hint: "", account_name: "" },
      opening: { with: "nothing", given_at: null, renew_after_days: null, renew_due: false, telling: "nothing" },
    });
    expect(screen.getByRole("link", { name: "Bring a newer file" })).toHaveAttribute("href", "/add?step=files");
    expect(screen.queryByRole("button", { name: "Check now" })).toBeNull();
    expect(screen.queryByRole("heading", { name: "Requests" })).toBeNull();
    expect(screen.getByText("Brings in what your list has")).toBeVisible();
    expect(screen.getByText(/Nothing yet\. Nothing is brought in/)).toBeVisible();
  });

  it("says of a calendar what came and what of it was left out", async () => {
    const read = { id: "job-1", connection_id: "crm-1", kind: "import", state: "waiting_review", status: "pending_review", processed: 5, total: 5, percent: 100, error: null, wait_until: null, counts: { event: { created: 5 } }, created_at: "2026-05-14T08:00:00Z", started_at: "2026-05-14T08:00:00Z", completed_at: null } as unknown as ConnectionPage["last_read"];
    await show({ ...PAGE, last_read: read, calendar_left: { before: 3, after: 0, too_long: 0, unread: 1 } });
    expect(part("Last reading").getByText("Appointments: 5 new")).toBeVisible();
    expect(part("Last reading").getByText("Left out: 3 from more than a year ago and 1 that can't be read.")).toBeVisible();
  });

  it("is paused and goes on by a person's word", async () => {
    await show({ ...PAGE, connection: { ...PAGE.connection, paused_since: "2026-05-14T08:00:00Z" } });
    expect(screen.getByText(/^Paused since/)).toBeVisible();
    await userEvent.click(screen.getByRole("button", { name: "Go on" }));
    expect(asked.at(-1)).toMatchObject({ cmd: "connection.go_on", payload: { connection_id: "crm-1" } });
  });

  it("says before it ends what stays good where, and tells what came of it", async () => {
    const ended = await show(PAGE);
    await userEvent.click(screen.getByRole("button", { name: "Disconnect" }));
    const question = within(await screen.findByRole("alertdialog", { name: "Disconnect Tave?" }));
    expect(question.getByText(/stays good in Tave until you delete it there/)).toBeVisible();
    expect(asked).toEqual([]);
    await userEvent.click(question.getByRole("button", { name: "Disconnect Tave" }));
    await vi.waitFor(() => expect(ended).toHaveBeenCalled());
    expect(ended.mock.calls[0]?.[0]).toEqual({ at_crm: "stays_good" });
  });
});
