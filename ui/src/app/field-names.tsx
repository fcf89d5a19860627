/** What WedSync calls its fields: as its schema says, and as an upload will call those that it makes. */
import { createContext, type ReactNode, useContext, useMemo } from "react";

import { type SchemaFieldView, useRead } from "@/api";

/** A field that WedSync does not have yet, with its name-to-be. */
export interface PlannedName {
  name: string;
  label: string;
}

/** The label of a field; of any type of record when none is said. Nothing where WedSync gave none. */
export type FieldNames = (name: string, recordType?: string) => string | undefined;

const NamesContext = createContext<FieldNames>(() => undefined);

export const useFieldNames = (): FieldNames => useContext(NamesContext);

/** Gives the names to everything inside; `planned` come on top of what is known outside. */
export function FieldNamesProvider({ planned, children }: { planned: readonly PlannedName[]; children: ReactNode }) {
  const outer = useFieldNames();
  const names = useMemo<FieldNames>(() => {
    const own = new Map(planned.map((each) => [each.name, each.label]));
    return (name, recordType) => outer(name, recordType) ?? own.get(name);
  }, [outer, planned]);
  return <NamesContext value={names}>{children}</NamesContext>;
}

/** Gives the names of WedSync's schema. Before WedSync was asked there are none, and the catalogue says them. */
export function SchemaNames({ children }: { children: ReactNode }) {
  const fields = useRead("schema.get", {}, { retry: false }).data?.fields;
  const names = useMemo<FieldNames>(() => namesOf(fields ?? []), [fields]);
  return <NamesContext value={names}>{children}</NamesContext>;
}

export function namesOf(fields: readonly SchemaFieldView[]): FieldNames {
  const labelled = fields.filter((field) => field.label.trim() !== "");
  const exact = new Map(labelled.map((field) => [`${field.record_type} ${field.name}`, field.label]));
  const any = new Map(labelled.toReversed().map((field) => [field.name, field.label]));
  return (name, recordType) => (recordType === undefined ? any.get(name) : exact.get(`${recordType} ${name}`));
}
