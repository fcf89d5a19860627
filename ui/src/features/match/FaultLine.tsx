/** What is wrong with a match, in the program's words. */
import type { RuleFault } from "@/api";
import { useMessage } from "@/i18n";

import { useFieldWords } from "./words";

export function FaultLine({ faults }: { faults: readonly RuleFault[] }) {
  const say = useMessage();
  const words = useFieldWords();
  return <>{faults.map((fault) => say({ id: `mapping.${fault.error}`, params: { field: words.field(fault.field), found: fault.found ?? "" } })).join(" ")}</>;
}
