/** What went wrong, as a sentence and one action. The interface switches on codes, never on texts. */
import { Refused, Unreachable } from "@/platform";

import type { Code, Retry, WireError, WireMessage } from "./generated/rpc";

/** The one thing a person can do about it. `none`: the sentence says all there is. */
export type Remedy = "retry" | "sign_in" | "open_settings" | "reload" | "choose_passphrase" | "type_passphrase" | "none";

/** Sentences that ask for a passphrase: their code is that of any profile that does not open. */
const ASKING: Readonly<Record<string, Remedy>> = { "error.app_no_keychain": "choose_passphrase", "error.app_needs_passphrase": "type_passphrase" };

/** An error, ready to be shown. `messages` are ids of the core catalogue with parameters. */
export interface Trouble {
  /** Red, or only a matter of course (the user stopped it, it is busy). */
  readonly tone: "bad" | "warn" | "quiet";
  readonly message: WireMessage | LocalMessage;
  readonly hints: readonly WireMessage[];
  readonly remedy: Remedy;
  readonly retry: Retry;
  /** Finds the details in the log; for "Details for support". */
  readonly reference: string | null;
  readonly code: Code | "unreachable";
}

/** A sentence of the interface itself: a key of the `kit` catalogue. */
export interface LocalMessage {
  readonly local: "trouble.gone" | "trouble.session" | "trouble.own";
}

export function troubleOf(error: unknown): Trouble {
  if (error instanceof Refused && isWire(error.body)) return fromWire(error.body);
  if (error instanceof Unreachable) {
    const local = error.why === "session" ? "trouble.session" : "trouble.gone";
    return { ...OWN, message: { local }, remedy: error.why === "session" ? "none" : "reload", code: "unreachable" };
  }
  return OWN;
}

const OWN: Trouble = {
  tone: "bad",
  message: { local: "trouble.own" },
  hints: [],
  remedy: "reload",
  retry: { kind: "never" },
  reference: null,
  code: "internal",
};

function fromWire(wire: WireError): Trouble {
  const { message, hints, retry, code, ref } = wire;
  return { tone: toneOf(code), message, hints, remedy: ASKING[message.id] ?? remedyOf(code, retry), retry, reference: ref, code };
}

function toneOf(code: Code): Trouble["tone"] {
  switch (code) {
    case "cancelled":
      return "quiet";
    case "busy":
    case "offline":
    case "too_many":
    case "refused":
    case "not_signed_in":
    case "host_refused":
      return "warn";
    case "bad_request":
    case "unknown_command":
    case "not_allowed":
    case "not_found":
    case "crm_key":
    case "crm":
    case "wedsync":
    case "disk_full":
    case "newer_version":
    case "internal":
      return "bad";
  }
}

function remedyOf(code: Code, retry: Retry): Remedy {
  switch (code) {
    case "not_signed_in":
      return "sign_in";
    case "crm_key":
      return "open_settings";
    case "unknown_command":
      return "reload";
    case "cancelled":
    case "not_allowed":
    case "host_refused":
    case "newer_version":
      return "none";
    case "bad_request":
    case "too_many":
    case "not_found":
    case "busy":
    case "refused":
    case "crm":
    case "wedsync":
    case "offline":
    case "disk_full":
    case "internal":
      switch (retry.kind) {
        case "now":
        case "after":
        case "when_online":
          return "retry";
        case "after_sign_in":
          return "sign_in";
        case "never":
          return "none";
      }
  }
}

function isWire(body: unknown): body is WireError {
  return typeof body === "object" && body !== null && "code" in body && "message" in body && isMessage(body.message);
}

/** Whether something that came as JSON is a message id with parameters, as in a job's `error`. */
export function isMessage(value: unknown): value is WireMessage {
  return (
    typeof value === "object" &&
    value !== null &&
    "id" in value &&
    typeof value.id === "string" &&
    "params" in value &&
    typeof value.params === "object"
  );
}
