/** WedSync's own fields, as the screen lists them. References are left out: no field of a CRM can fill them. */
export type FieldType = "text" | "email" | "phone" | "date" | "date_time" | "number" | "boolean" | "money" | "json" | "array";

export interface Target {
  /** Name on the wire. */
  field: string;
  type: FieldType;
  /** WedSync refuses a record without it. */
  required: boolean;
}

/** Kinds of record, in the order of the tabs. */
export const KINDS = ["person", "project", "event", "invoice", "payment", "task", "document", "communication"] as const;
export type Kind = (typeof KINDS)[number];

/** "name*:type" for what is required. */
const FIELDS: Record<Kind, string> = {
  person:
    "first_name*:text last_name:text email:email phone:phone other_emails:array other_phones:array maiden_name:text title:text company_name:text job_title:text birthday:date address:json privacy_opt_in:boolean strict_privacy:boolean notes:text",
  project:
    "name:text kind:text wedding_date:date venue_name:text venue_address:json guest_count:number stage:text closed:boolean closed_reason:text lead_source:text lead_status:text inquiry_date:date booking_date:date completed_date:date notes:text crm_total:money",
  event:
    "name:text kind:text start_date:date start_time:text end_date:date end_time:text time_zone:text all_day:boolean confirmed:boolean location_name:text address:json description:text",
  invoice: "number:text title:text status:text due_date:date total:money balance:money order_reference:text",
  payment: "status:text amount*:money refunded:money paid_on:date method:text memo:text",
  task: "title:text due_date:date done:boolean",
  document: "name:text mime_type:text size:number created_on:date",
  communication: "kind:text date:date text:text html:text",
};

/** The fields of a kind of record, in WedSync's order. */
export function targetsOf(kind: Kind): readonly Target[] {
  return FIELDS[kind].split(" ").map((word) => {
    const [name = "", type = "text"] = word.split(":");
    return { field: name.replace("*", ""), type: type as FieldType, required: name.endsWith("*") };
  });
}
