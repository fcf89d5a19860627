// The CRMs of a story, from outside: what each holds, as its owner sees it there, and what it counted; and whether WedSync came to
// hold just that.
import assert from "node:assert/strict";

/** HoneyBook: what it was asked for tokens, and the projects of the studio with everybody in them. */
export function honeyBookOf(world) {
  const ask = async (what) => (await fetch(`${world.control}/_control/honeybook/${what}`)).json();
  return { counts: () => ask("counts"), book: () => ask("book") };
}

/** Every record of a source whose pages go on by a cursor, read by its owner's own hand. */
export async function allOf(source) {
  const rows = [];
  for (let cursor = null; ; ) {
    const address = new URL(source.address);
    if (cursor !== null) address.searchParams.set("cursor", cursor);
    const { data, paging } = await (await fetch(address, { headers: { authorization: `Bearer ${source.key}` } })).json();
    rows.push(...data);
    if (paging.next_cursor === null) return rows;
    cursor = paging.next_cursor;
  }
}

/** The fields of WedSync's records of a type, by the id that each has at this provider. */
function bySource(records, type, provider) {
  const found = new Map();
  for (const { fields, external_refs } of records[type]) {
    for (const reference of external_refs.filter((each) => each.provider === provider)) {
      assert.ok(!found.has(reference.id), `one record of the CRM is one ${type}`);
      found.set(reference.id, fields);
    }
  }
  return found;
}

const nameOf = ({ first_name, last_name }) => [first_name, last_name].filter((part) => part !== undefined && part !== null).join(" ");

/** An address as WedSync writes it: domains know no case (RFC 5321, 2.4). */
const asWedSync = (email) => email && email.replace(/@.*$/, (domain) => domain.toLowerCase());

/** Holds WedSync to HoneyBook's own book: each project with its day, each client in it by name and address, and nobody else. */
export function heldLikeHoneyBook(records, book) {
  const [projects, people] = [bySource(records, "project", "honeybook"), bySource(records, "person", "honeybook")];
  assert.deepEqual([...projects.keys()].sort(), book.map(({ project }) => project.id).sort(), "every project, and none that is not there");
  for (const { project } of book) {
    assert.equal(projects.get(project.id).wedding_date ?? null, project.project_date, `the day of ${project.name}`);
  }
  const clients = new Map(book.flatMap(({ members }) => members).filter(({ contact }) => contact.kind === "client").map(({ contact }) => [contact.id, contact]));
  assert.deepEqual([...people.keys()].sort(), [...clients.keys()].sort(), "every client, and nobody who is not there");
  for (const [id, contact] of clients) {
    assert.equal(nameOf(people.get(id)), contact.full_name);
    assert.equal(people.get(id).email ?? null, asWedSync(contact.email), `the address of ${contact.full_name}`);
  }
}

/** Holds WedSync to the rows of a source of one's own: each couple with its names, address, day and venue, and nobody else. */
export function heldLikeSource(records, rows, provider) {
  const [projects, people] = [bySource(records, "project", provider), bySource(records, "person", provider)];
  assert.equal(projects.size, rows.length, "a wedding each");
  const byAddress = new Map([...people.values()].map((person) => [person.email, person]));
  const days = [...projects.values()].map(({ wedding_date, venue_name }) => `${wedding_date ?? null} ${venue_name}`);
  assert.deepEqual(days.sort(), rows.map(({ wedding }) => `${wedding.date} ${wedding.venue}`).sort(), "the days and venues");
  for (const { contact } of rows) assert.equal(nameOf(byAddress.get(contact.email) ?? {}), nameOf(contact), contact.email);
  const partners = rows.map(({ partner }) => partner).filter((partner) => partner !== null);
  assert.equal(people.size, rows.length + partners.length, "both of each couple, and nobody else");
  const names = [...people.values()].map(nameOf);
  for (const partner of partners) assert.ok(names.includes(nameOf(partner)), nameOf(partner));
}
