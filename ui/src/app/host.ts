/** What features may know of the host: its words and keys, not how it is reached. */
export { isCommandKey, system, type System } from "@/platform";
