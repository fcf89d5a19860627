/** What the program can do, typed: commands, caches, progress, errors. */
export * from "./generated/rpc";
export { isMessage, type LocalMessage, type Remedy, type Trouble, troubleOf } from "./errors";
export { LiveProvider, useLink, useProgress, useTopic } from "./events";
export { keyOf, refresh, useCommand, useOpenLink, useRead } from "./hooks";
export { type Progress, START } from "./progress";
export { type Answer, call, type Command, type Request } from "./rpc";
export { type Couple, coupleOf, isSignedIn, nounOf, nounOfRecords, nounOfRoute } from "./names";
export { beginSample, canChangeProfile, canUnlock, endSample, pickFile, type PickedFile, savesToDownloads, saveText, takeFiles, unlock } from "./outside";
