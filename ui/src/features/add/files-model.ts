/** What a person says about files before they are imported: which tables, which header row, what columns mean. Pure. */
import type { FileChoice, FileLook, FileQuestion, FileTable } from "@/api";

/** Answers by question, as `keyOf` names it. */
export type Answers = ReadonlyMap<string, string>;

/** Names a question: one of its kind for all files, or one for a column. */
export const keyOf = (question: Pick<FileQuestion, "decision" | "path">): string => `${question.decision} ${question.path ?? ""}`;

/** The answer that counts: a person's, else what is taken meanwhile. */
export const answerOf = (question: FileQuestion, answers: Answers): string | null => answers.get(keyOf(question)) ?? question.assumed;

/** Questions that nobody has answered and nothing answers for them. */
export const unanswered = (questions: readonly FileQuestion[], answers: Answers) => questions.filter((question) => answerOf(question, answers) === null);

/** Where the program keeps the answers about columns. */
const BY_COLUMN: Readonly<Record<string, string>> = { date_order: "date_orders", decimal_mark: "decimal_marks" };

/** A person's answers as a connection takes them; what is only assumed is the program's to decide. */
export function decisionsOf(questions: readonly FileQuestion[], answers: Answers): Record<string, unknown> {
  const decisions: Record<string, unknown> = {};
  for (const question of questions) {
    const answer = answers.get(keyOf(question));
    if (answer === undefined) continue;
    const group = BY_COLUMN[question.decision];
    if (group === undefined || question.path === null) decisions[question.decision] = answer;
    else decisions[group] = { ...(decisions[group] as object | undefined), [question.path]: answer };
  }
  return decisions;
}

/** The choices with one more said about a table. */
export function chosen(choices: readonly FileChoice[], fileId: string, table: number, change: Partial<Pick<FileChoice, "used" | "header_row" | "preset">>): FileChoice[] {
  const at = choices.findIndex((choice) => choice.file_id === fileId && choice.table === table);
  const before = choices[at];
  if (before === undefined) return [...choices, { file_id: fileId, table, ...change }];
  return choices.with(at, { ...before, ...change });
}

/** Choices about files that are still there. */
export const keptFor = (choices: readonly FileChoice[], fileIds: readonly string[]) => choices.filter((choice) => fileIds.includes(choice.file_id));

/** Rows that would be read, of all tables in use. */
export const rowsOf = (look: FileLook): number => look.files.reduce((sum, file) => sum + file.tables.reduce((rows, table) => rows + (table.used ? table.rows : 0), 0), 0);

/** How sure the program is, in a word; a plain spreadsheet was not recognised at all. */
export function sureness(table: Pick<FileTable, "preset" | "confidence">): "plain" | "sure" | "likely" | "unsure" {
  if (table.preset === null) return "plain";
  return table.confidence >= 0.9 ? "sure" : table.confidence >= 0.7 ? "likely" : "unsure";
}

/** A size as a person reads it, in the unit that leaves a small figure. */
export function sizeOf(bytes: number): { value: number; unit: "byte" | "kilobyte" | "megabyte" } {
  if (bytes < 1_000) return { value: bytes, unit: "byte" };
  if (bytes < 1_000_000) return { value: Math.round(bytes / 1_000), unit: "kilobyte" };
  return { value: Math.round(bytes / 100_000) / 10, unit: "megabyte" };
}
