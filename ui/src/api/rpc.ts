/** Calling commands with their types, and the tags that say what becomes stale. */
import { transport } from "@/platform";

import { RPC_TAGS, type RpcSchema, type Tag } from "./generated/rpc";

export type Command = keyof RpcSchema;
export type Request<C extends Command> = RpcSchema[C]["request"];
export type Answer<C extends Command> = RpcSchema[C]["response"];

/** Calls a command. Rejects with `Refused` (the program said no) or `Unreachable` (it said nothing). */
export async function call<C extends Command>(command: C, request: Request<C>): Promise<Answer<C>> {
  return (await transport.call(command, request)) as Answer<C>;
}

/** Which commands show something of these kinds. */
export function staleCommands(tags: readonly Tag[]): ReadonlySet<Command> {
  const stale = new Set<Command>();
  for (const [command, row] of Object.entries(RPC_TAGS)) {
    if (row.provides.some((tag) => tags.includes(tag))) stale.add(command as Command);
  }
  return stale;
}
