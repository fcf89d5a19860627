/** Tables for spreadsheets (RFC 4180). Cells that a spreadsheet would run as a formula are made text first. */
export function csv(head: readonly string[], rows: readonly (readonly (string | null)[])[]): string {
  return [head, ...rows].map((row) => row.map((cell) => quoted(cell ?? "")).join(",")).join("\r\n") + "\r\n";
}

function quoted(cell: string): string {
  // A phone such as +44 20 7946 0000 and a negative number stay as they are: nothing in them can be run.
  const formula = /^[=@\t\r]/.test(cell) || (/^[+-]/.test(cell) && !/^[+-][\d\s().-]+$/.test(cell));
  const text = formula ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
