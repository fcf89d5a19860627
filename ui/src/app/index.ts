/** What screens use of the application around them. */
export { isAdmitted, tierName, useAppState, useNow, useWaiting } from "./account";
export { useCalendarLeft } from "./calendar-left";
export { type PaletteCommand, useCommands, useOpenPalette } from "./commands";
export { csv } from "./csv";
export { FieldNamesProvider, type PlannedName, useFieldNames } from "./field-names";
export { ENDINGS, heldFiles, heldSource, useHeldFiles, useHeldSource } from "./held-files";
export { isCommandKey, system } from "./host";
export { keep, kept } from "./kept";
export { useNarrow } from "./media";
export { useOnline } from "./online";
export { Page, type PageProps } from "./Page";
export { StartSample, TrySample } from "./Sample";
export { Keys, type Shortcut, useShortcuts } from "./shortcuts";
export { type Theme, useTheme } from "./theme";
export { Loaded, TroublePanel } from "./Trouble";
export { type Step, useUndo } from "./undo";
export { useValues, type Values } from "./values";
