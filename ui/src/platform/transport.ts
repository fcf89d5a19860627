/**
 * How the interface reaches the program behind it: one way to call a command, one stream of events, files by opaque id.
 *
 * Two transports stand behind this: the desktop window (tauri.ts) and `hub serve` in a browser (serve.ts). Nothing above
 * this folder knows which one it is. Deliberately absent: paths of files, and any address but our own.
 */
export interface Transport {
  /** Which door this is; for sentences and for what a browser cannot do. */
  readonly door: "window" | "serve";
  /** Calls a command. Resolves with its answer; rejects with {@link Refused} or {@link Unreachable}. */
  call(command: string, payload: unknown): Promise<unknown>;
  /** Hears events until the returned function is called. `onOpen` runs at each (re)connection: what was missed is to be read. */
  listen(onEvent: (event: unknown) => void, onOpen: () => void, onLost: () => void): () => void;
  /** Lets the person choose one file; nothing when they changed their mind. `accept` is a list of endings such as ".csv". */
  pickFile(accept: readonly string[]): Promise<PickedFile | null>;
  /**
   * Saves a text as a file of the person's: a browser downloads it, the window asks where. Whether it was saved; not when
   * the person changed their mind.
   */
  saveText(name: string, type: "text/csv" | "application/json" | "application/toml", text: string): Promise<boolean>;
  /** Takes files that were dropped on the page. In the window they come as an event: the page never sees them. */
  takeFiles(files: readonly File[]): Promise<PickedFile[]>;
  /** Opens the sample's profile in place of the present one, and goes back; nothing where a profile is given from outside. */
  readonly sample: { begin(): Promise<void>; end(): Promise<void> } | null;
  /** Opens the profile with a passphrase, or locks a new one with it, where there is no keychain; nothing where the host opened it already. */
  readonly unlock: ((passphrase: string) => Promise<void>) | null;
  /** Opens an address in the system's browser. */
  openLink(url: string): Promise<void>;
}

/** A file the host knows and JavaScript does not: an opaque id, its name for showing, its size in bytes. */
export interface PickedFile {
  readonly fileId: string;
  readonly name: string;
  readonly size: number;
}

/** The program answered with an error of its own; `body` is the wire error as sent. */
export class Refused extends Error {
  constructor(readonly body: unknown) {
    super("refused");
    this.name = "Refused";
  }
}

/** The program did not answer: it has ended, or the session of the browser has. */
export class Unreachable extends Error {
  constructor(
    readonly why: "gone" | "session",
    options?: ErrorOptions,
  ) {
    super(why, options);
    this.name = "Unreachable";
  }
}
