/** The arithmetic of a grid with group headers: which item is which row. Pure; 100,000 rows are never put in an array. */
export interface Group {
  key: string;
  label: string;
  count: number;
  /** At the right end of its header. */
  note?: string;
  /** What can be done with all of it, in words and by a press; after the note. */
  action?: { label: string; run: () => void };
}

export type Item = { kind: "group"; group: Group; item: number } | { kind: "row"; row: number; item: number };

export class GridModel {
  readonly itemCount: number;
  /** Items that are headers, ascending. */
  readonly headers: readonly number[];

  /** Without groups the rows stand alone; with groups their counts must sum to `rowCount`. */
  constructor(
    readonly rowCount: number,
    readonly groups: readonly Group[],
  ) {
    const shown = groups.filter((group) => group.count > 0);
    this.groups = shown;
    let at = 0;
    this.headers = shown.map((group) => {
      const header = at;
      at += group.count + 1;
      return header;
    });
    this.itemCount = shown.length === 0 ? rowCount : at;
  }

  item(item: number): Item {
    const index = this.headers.findLastIndex((header) => header <= item);
    const header = this.headers[index];
    const group = this.groups[index];
    if (header === undefined || group === undefined) return { kind: "row", row: item, item };
    if (header === item) return { kind: "group", group, item };
    return { kind: "row", row: item - index - 1, item };
  }

  /** The item of a row. */
  itemOf(row: number): number {
    let before = 0;
    let item = row;
    for (const group of this.groups) {
      item += 1;
      before += group.count;
      if (row < before) return item;
    }
    return this.groups.length === 0 ? row : item;
  }

  /** The header above an item, for sticking; nothing without groups. */
  headerAbove(item: number): number | undefined {
    return this.headers.findLast((header) => header <= item);
  }
}

export interface Cell {
  row: number;
  column: number;
}

/** Where a key leads from a cell; nothing when it is no key of the grid. */
export function moved(cell: Cell, key: string, far: boolean, size: { rows: number; columns: number; page: number }): Cell | undefined {
  const row = (to: number) => ({ ...cell, row: Math.max(0, Math.min(size.rows - 1, to)) });
  const column = (to: number) => ({ ...cell, column: Math.max(0, Math.min(size.columns - 1, to)) });
  switch (key) {
    case "ArrowDown":
      return row(cell.row + 1);
    case "ArrowUp":
      return row(cell.row - 1);
    case "ArrowRight":
      return column(cell.column + 1);
    case "ArrowLeft":
      return column(cell.column - 1);
    case "PageDown":
      return row(cell.row + size.page);
    case "PageUp":
      return row(cell.row - size.page);
    case "Home":
      return far ? { row: 0, column: 0 } : column(0);
    case "End":
      return far ? { row: size.rows - 1, column: size.columns - 1 } : column(size.columns - 1);
    default:
      return undefined;
  }
}
