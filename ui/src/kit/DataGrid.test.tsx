import { render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { describe, expect, it } from "vitest";

import { DataGrid } from "./DataGrid";

const COLUMNS = [
  { key: "name", head: "Name", width: 200, cell: (row: string) => row },
  { key: "size", head: "Size", width: 80, cell: (row: string) => row.length },
];

function Example({ rows }: { rows: number }) {
  const [ticked, setTicked] = useState<ReadonlySet<number>>(new Set());
  const [selected, setSelected] = useState<number | null>(null);
  return (
    <>
      <DataGrid
        label="Clients"
        columns={COLUMNS}
        rowCount={rows}
        rowAt={(index) => `row ${String(index)}`}
        rowLabel={(row) => row}
        groups={[
          { key: "a", label: "Needs a decision", count: 17 },
          { key: "b", label: "Ready", count: rows - 17 },
        ]}
        selected={selected}
        onSelect={setSelected}
        ticks={{
          all: ticked.size === 0 ? false : "indeterminate",
          has: (row) => ticked.has(row),
          setAll: (on) => setTicked(on ? new Set(Array.from({ length: rows }, (_, row) => row)) : new Set()),
          set: (from, to, on) =>
            setTicked((before) => {
              const next = new Set(before);
              for (let row = Math.min(from, to); row <= Math.max(from, to); row += 1) {
                if (on) next.add(row);
                else next.delete(row);
              }
              return next;
            }),
        }}
      />
      <output>{[...ticked].join(",")}</output>
    </>
  );
}

describe("the grid", () => {
  it("says how many rows there really are, and draws few", () => {
    render(<Example rows={100_000} />);
    expect(screen.getByRole("grid", { name: "Clients" })).toHaveAttribute("aria-rowcount", "100003");
    expect(screen.getAllByRole("row").length).toBeLessThan(80);
    expect(screen.getByRole("row", { name: "row 0" })).toHaveAttribute("aria-rowindex", "3");
  });

  it("moves by cell, ticks with Space and ranges with Shift", async () => {
    const user = userEvent.setup();
    render(<Example rows={100} />);
    const cellAt = (row: number, column: number) => document.querySelector<HTMLElement>(`[data-cell="${String(row)}:${String(column)}"]`);
    cellAt(0, 0)!.focus();
    await user.keyboard("{ArrowDown}{ArrowRight}");
    await waitFor(() => expect(cellAt(1, 1)).toHaveFocus());
    expect(screen.getByRole("row", { name: "row 1" })).toHaveAttribute("aria-selected", "true");
    await user.keyboard(" {Shift>}{ArrowDown}{ArrowDown}{/Shift}");
    expect(screen.getByRole("status")).toHaveTextContent("1,2,3");
    await waitFor(() => expect(cellAt(3, 1)).toHaveFocus());
    await user.keyboard("{Control>}{Home}{/Control}");
    await waitFor(() => expect(cellAt(0, 0)).toHaveFocus());
  });

  it("leaves its heads their own keys", async () => {
    const user = userEvent.setup();
    render(<Example rows={40} />);
    screen.getByRole("checkbox", { name: "Tick all" }).focus();
    await user.keyboard(" ");
    expect(screen.getByRole("status").textContent?.split(",")).toHaveLength(40);
  });

  it("draws a row anew only when something of it changes", async () => {
    const drawn: string[] = [];
    const columns = [{ key: "name", head: "Name", width: 200, cell: (row: string) => drawn.push(row) }];
    const rows = Array.from({ length: 50 }, (_, row) => `row ${String(row)}`);
    const label = (row: string) => row;
    function Counted() {
      const [selected, setSelected] = useState<number | null>(null);
      return <DataGrid label="Clients" columns={columns} rowCount={50} rowAt={(row) => rows[row]} rowLabel={label} selected={selected} onSelect={setSelected} />;
    }
    render(<Counted />);
    drawn.length = 0;
    const user = userEvent.setup();
    await user.click(document.querySelector<HTMLElement>('[data-cell="3:0"]')!);
    expect(screen.getByRole("row", { name: "row 3" })).toHaveAttribute("aria-selected", "true");
    expect(new Set(drawn)).toEqual(new Set(["row 0", "row 3"]));
  });

  it("has one tab stop", () => {
    render(<Example rows={100} />);
    expect(document.querySelectorAll('[data-cell][tabindex="0"]')).toHaveLength(1);
  });
});
