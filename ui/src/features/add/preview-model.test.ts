import { describe, expect, it } from "vitest";

import type { FieldPreview, PreviewRow } from "@/api";

import { areAppointments, found, moneyOf, phoneText, previewClient } from "./preview-model";

const field = (place: string, name: string, after: unknown, problem: FieldPreview["problem"] = null): FieldPreview => ({
  place,
  record_type: place.startsWith("jobs") ? "project" : "person",
  field: name,
  before: after,
  after,
  problem,
});
const row = (...fields: FieldPreview[]): PreviewRow => ({ fields, document: {} });

describe("preview rows", () => {
  it("are appointments only where none of them is a client", () => {
    const appointment = row(field("appointments.0", "name", "Fair"));
    expect(areAppointments([appointment, appointment])).toBe(true);
    expect(areAppointments([appointment, row(field("primary_contact", "first_name", "Ann"))])).toBe(false);
    expect(areAppointments([])).toBe(false);
  });

  it("takes the wedding, not the engagement that comes before it", () => {
    const client = previewClient(
      row(
        field("primary_contact", "first_name", "Zoë"),
        field("primary_contact", "last_name", "O’Neill"),
        field("partner", "first_name", "Sam"),
        field("jobs.0", "kind", "Engagement"),
        field("jobs.0", "wedding_date", "2026-10-07"),
        field("jobs.1", "kind", "Wedding"),
        field("jobs.1", "wedding_date", "2027-01-05"),
        field("jobs.1", "venue_name", "Ivy Mill"),
      ),
    );
    expect(client.names.map((name) => name.value)).toEqual(["Zoë O’Neill", "Sam"]);
    expect(client.wedding.value).toBe("2027-01-05");
    expect(client.venue.value).toBe("Ivy Mill");
    expect(client.phone.value).toBeNull();
  });

  it("keeps what the CRM wrote where it cannot be read, with the reason", () => {
    const problem = { id: "problem.not_a_date", params: { value: "31 Feb 2026" } };
    const client = previewClient(row({ ...field("jobs.0", "wedding_date", null, problem), before: "31 Feb 2026" }));
    expect(client.wedding).toEqual({ value: null, before: "31 Feb 2026", problem });
  });

  it("counts fields once, and every value that needs a look", () => {
    const problem = { id: "problem.not_a_date", params: {} };
    const rows = [row(field("primary_contact", "email", "a@example.org")), row(field("primary_contact", "email", "b@example.org"), field("partner", "birthday", null, problem))];
    expect(found(rows)).toEqual({ matched: 1, problems: [problem] });
  });

  it("reads phones and money only where they are whole", () => {
    expect(phoneText({ e164: "+447700900318", text: "07700 900318" })).toBe("+447700900318");
    expect(phoneText({ e164: null, text: "TBC" })).toBe("TBC");
    expect(moneyOf({ minor: 157_500, currency: "GBP" })).toEqual({ minor: 157_500, currency: "GBP" });
    expect(moneyOf({ minor: 157_500, currency: "pounds" })).toBeNull();
    expect(moneyOf("1575")).toBeNull();
  });
});
