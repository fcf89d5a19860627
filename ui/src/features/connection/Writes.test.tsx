import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";

import { type ConnectionPage, LiveProvider, type WriteRule } from "@/api";
import { ToastProvider, TooltipProvider } from "@/kit";

import { Writes } from "./Writes";

const RULE: WriteRule = {
  record: "person",
  operation: "update",
  request: "PATCH /api/clients/{id}",
  fields: [
    { field: "email", path: "client.mail", back: "email" },
    { field: "address.city", path: "client.city", back: null },
  ],
  fixed: [
    { path: "client.kind", value: "client" },
    { path: "client.number", value: "{id}" },
  ],
  facts: [{ id: "connector.write.read_back.get", params: { name: "Own", path: "/api/clients/{id}" } }],
  unwritten: ["phone", "last_name"],
  lacks: [{ id: "connector.write.lacks.empty", params: { name: "Own" } }],
};
const page = (writes: WriteRule[] | null, read = true) => ({ connection: { id: "crm-1", name: "Own" }, writes, last_read: read ? {} : null }) as unknown as ConnectionPage;

let asked: { cmd: string; payload: Record<string, unknown> }[] = [];
let answers: Record<string, object> = {};
beforeEach(() => {
  asked = [];
  answers = {
    "connector.read_write": { ok: { rule: RULE, left: ["client.api_key"], definition: "format = 1", of_version: 4 } },
    "connector.remove_write": { ok: { was: "version = 4", of_version: 5 } },
    "connector.replace": { ok: {} },
  };
  vi.stubGlobal("EventSource", class { addEventListener() {} close() {} });
  vi.stubGlobal("fetch", (_: string, { body }: { body: string }) => {
    const request = JSON.parse(body) as (typeof asked)[number];
    asked.push(request);
    return Promise.resolve(new Response(JSON.stringify(answers[request.cmd])));
  });
});

const show = (of: ConnectionPage) =>
  render(
    <QueryClientProvider client={new QueryClient()}>
      <LiveProvider>
        <TooltipProvider>
          <ToastProvider>
            <Writes page={of} />
          </ToastProvider>
        </TooltipProvider>
      </LiveProvider>
    </QueryClientProvider>,
  );

describe("writing into a source of one's own", () => {
  it("is nowhere where a connection goes by no definition of its own", () => {
    const { container } = show(page(null));
    expect(container.querySelector("section")).toBeNull();
  });

  it("says plainly that nothing is sent, and shows what a kept rule does and lacks", () => {
    show(page([RULE]));
    expect(screen.getByText(/^This version writes nothing into Own by itself/)).toBeVisible();
    expect(screen.getByRole("heading", { name: "Changes a client" })).toBeVisible();
    expect(screen.getByText("By PATCH /api/clients/{id}")).toBeVisible();
    const row = (name: RegExp) => within(screen.getByRole("row", { name }));
    expect(row(/^Email/).getByText("Read back from email")).toBeVisible();
    expect(row(/^Address, city/).queryByText(/^Read back/)).toBeNull();
    expect(row(/^Always “client”/).getByText("client.kind")).toBeVisible();
    expect(row(/^Always the number of the record/).getByText("client.number")).toBeVisible();
    expect(screen.getByText("What is stored is read back from /api/clients/{id}.")).toBeVisible();
    expect(screen.getByText(/^Read, and not written by it: Phone and Last name$/)).toBeVisible();
    expect(screen.getByText("A field can't be emptied by it.")).toBeVisible();
  });

  it("reads a command, empties its field at once, and keeps the rule only when told to", async () => {
    show(page([]));
    await userEvent.click(screen.getByRole("button", { name: "Add how a client is saved there" }));
    await userEvent.click(screen.getByRole("button", { name: "Read it" }));
    expect(screen.getByText("Paste the command first.")).toBeVisible();
    expect(asked).toEqual([]);
    const field = screen.getByLabelText("curl command that saves one client");
    await userEvent.click(field);
    await userEvent.paste("curl -H 'X-Key: canary' …");
    await userEvent.click(screen.getByRole("button", { name: "Read it" }));
    expect(document.body.innerHTML).not.toContain("canary");
    expect(await screen.findByRole("heading", { name: "This rule would be kept" })).toHaveFocus();
    expect(screen.getByText(/could be a key or nothing says what it is: client\.api_key$/)).toBeVisible();
    expect(asked).toEqual([{ cmd: "connector.read_write", payload: { connection_id: "crm-1", command: "curl -H 'X-Key: canary' …" } }]);
    await userEvent.click(screen.getByRole("button", { name: "Keep this rule" }));
    expect(asked.at(-1)).toEqual({ cmd: "connector.replace", payload: { connection_id: "crm-1", definition: "format = 1", of_version: 4 } });
    await vi.waitFor(() => expect(screen.queryByRole("heading", { name: "This rule would be kept" })).toBeNull());
  });

  it("wants a record where none was read, and leaves a refusal in place", async () => {
    answers["connector.read_write"] = { err: { code: "refused", message: { id: "error.pasted.no_change", params: {} }, text: "", hints: [], retry: { kind: "never" } } };
    show(page([], false));
    await userEvent.click(screen.getByRole("button", { name: "Add how a client is saved there" }));
    await userEvent.type(screen.getByLabelText("curl command that saves one client"), "curl x");
    await userEvent.click(screen.getByRole("button", { name: "Read it" }));
    expect(screen.getByText("Paste the record first.")).toBeVisible();
    await userEvent.click(screen.getByLabelText("One client as JSON"));
    await userEvent.paste('{"id": 1}');
    await userEvent.click(screen.getByRole("button", { name: "Read it" }));
    expect(asked.at(-1)?.payload).toEqual({ connection_id: "crm-1", command: "curl x", record: '{"id": 1}' });
    expect(await screen.findByText(/^This command changes nothing that we can see/)).toBeVisible();
    expect(screen.getByLabelText("curl command that saves one client")).toHaveValue("");
  });

  it("takes a rule away, and brings it back by one press", async () => {
    show(page([RULE]));
    await userEvent.click(screen.getByRole("button", { name: "Take away" }));
    expect(asked.at(-1)).toEqual({ cmd: "connector.remove_write", payload: { connection_id: "crm-1", record: "person", operation: "update" } });
    await userEvent.click(await screen.findByRole("button", { name: "Undo" }));
    expect(asked.at(-1)).toEqual({ cmd: "connector.replace", payload: { connection_id: "crm-1", definition: "version = 4", of_version: 5 } });
  });
});
