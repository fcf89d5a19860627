// A client of the CRM's book, asked of the CRM itself: what must not be found where no client belongs.
export async function anEmail({ vsco, api_key }) {
  const answer = await fetch(`${vsco}/address-book?pageSize=50`, { headers: { "x-api-key": api_key } });
  if (!answer.ok) throw new Error(`the CRM answered ${answer.status}`);
  const email = /"email"\s*:\s*"([^"]+@[^"]+)"/.exec(await answer.text())?.[1];
  if (email === undefined) throw new Error("nobody in the book has an email");
  return email;
}
