/** Reading and commanding from components: TanStack Query keyed by command and request, stale by tag. */
import {
  type QueryClient,
  type UseMutationOptions,
  type UseMutationResult,
  type UseQueryOptions,
  type UseQueryResult,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";

import { RPC_TAGS, type Tag } from "./generated/rpc";
import { openLink } from "./outside";
import { type Answer, call, type Command, type Request, staleCommands } from "./rpc";

/** The cache key of a read. */
export function keyOf<C extends Command>(command: C, request: Request<C>): readonly [C, Request<C>] {
  return [command, request];
}

type ReadOptions<C extends Command> = Omit<UseQueryOptions<Answer<C>>, "queryKey" | "queryFn">;

/** What a command shows; read again when another command or an event makes it stale. */
export function useRead<C extends Command>(
  command: C,
  request: Request<C>,
  options?: ReadOptions<C>,
): UseQueryResult<Answer<C>> {
  return useQuery({ ...options, queryKey: keyOf(command, request), queryFn: () => call(command, request) });
}

type CommandOptions<C extends Command> = Omit<UseMutationOptions<Answer<C>, Error, Request<C>>, "mutationFn">;

/** A command that changes something; its tags are refreshed before `onSuccess` runs. */
export function useCommand<C extends Command>(
  command: C,
  options?: CommandOptions<C>,
): UseMutationResult<Answer<C>, Error, Request<C>> {
  const client = useQueryClient();
  return useMutation({
    ...options,
    mutationFn: (request: Request<C>) => call(command, request),
    onSuccess: (...arguments_) => {
      void refresh(client, RPC_TAGS[command].invalidates);
      return options?.onSuccess?.(...arguments_);
    },
  });
}

/** Opens a page in the system's browser; why it could not be opened is there to be shown. */
export function useOpenLink(): UseMutationResult<void, Error, string> {
  return useMutation({ mutationFn: openLink });
}

/** Marks everything stale that shows something of these kinds. */
export function refresh(client: QueryClient, tags: readonly Tag[]): Promise<void> {
  if (tags.length === 0) return Promise.resolve();
  const stale = staleCommands(tags);
  return client.invalidateQueries({ predicate: (query) => stale.has(query.queryKey[0] as Command) });
}
