// Made from the shell by `cargo test -p wedsync-hub`; change it there.

export type About = { title_bar: TitleBar, };

export type Handed = { 
/**
 * Opaque.
 */
file_id: string, 
/**
 * Its name, without its folder.
 */
name: string, 
/**
 * Bytes.
 */
size: number, };

export type OpenLink = { url: string, };

export type PickFile = { accept: Array<string>, };

export type SaveText = { name: string, text: string, };

export type TitleBar = "page" | "system";

export type Unlock = { passphrase: string, };

export type WindowSchema = {
  "window.about": { request: Record<string, never>; response: About };
  "window.close": { request: Record<string, never>; response: null };
  "window.open_link": { request: OpenLink; response: null };
  "window.pick_file": { request: PickFile; response: Handed | null };
  "window.quit": { request: Record<string, never>; response: null };
  "window.sample_begin": { request: Record<string, never>; response: null };
  "window.sample_end": { request: Record<string, never>; response: null };
  "window.save_text": { request: SaveText; response: boolean };
  "window.unlock": { request: Unlock; response: null };
};
