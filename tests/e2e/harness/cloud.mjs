// The WedSync cloud of a story, from outside: whether it can be reached, what it holds, and whether that is what it should be.

async function ask(world, method, path, body) {
  const answer = await fetch(`${world.cloud_control}/_cloud/${path}`, { method, body: body === undefined ? undefined : JSON.stringify(body) });
  const json = await answer.json();
  if (!answer.ok) throw new Error(`the cloud's control answered ${json.error}`);
  return json;
}

export function cloudOf(world) {
  return {
    /** Nobody reaches it from now on: the computer is offline, as far as WedSync goes. */
    shut: () => ask(world, "PUT", "door", { state: "shut" }),
    open: () => ask(world, "PUT", "door", { state: "open" }),
    /** What WedSync has switched off from now on, each `{ provider, route, operation, reason }`; the serial only grows. */
    switches: (serial, disabled) => ask(world, "PUT", "switches", { serial, disabled }),
    /** Digest and counts of all that the supplier holds. */
    held: () => ask(world, "GET", "held"),
    /** The live records by type; names stand for ids. */
    records: () => ask(world, "GET", "records"),
    /** Every token that was given out, where the sandbox keeps bodies. */
    tokens: () => ask(world, "GET", "tokens"),
    /** What differs from the generator's own list, given the values that were chosen in review; null when nothing does. */
    fault: async (chosen) => (await ask(world, "POST", "expected", chosen)).fault,
    /** The same after this vendor's export was brought in, as far as its files tell. */
    faultOfFiles: async (vendor) => (await ask(world, "POST", "expected-of-files", { vendor })).fault,
  };
}
