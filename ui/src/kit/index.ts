/** Our own components over Radix. They know no data and call nothing. */
export { AnnouncerProvider, useAnnounce } from "./announce";
export { Badge, type Tone } from "./Badge";
export { Banner } from "./Banner";
export { Button, ButtonLink, IconButton } from "./Button";
export { AttentionRow, Card, Section } from "./Card";
export { CoupleName } from "./CoupleName";
export { CrmMark, WedSyncMark } from "./CrmMark";
export { cx } from "./cx";
export { type Column, DataGrid, type GridHandle, type Group, type Ticks } from "./DataGrid";
export { Confirm, Dialog, Sheet } from "./Dialog";
export { Checkbox, type Choice, Field, Input, RadioGroup, Select, Switch } from "./fields";
export { Kbd } from "./Kbd";
export { Menu, type MenuItem } from "./Menu";
export { Legend, ProgressSegments, type Segment } from "./Progress";
export { Empty, ErrorPanel, Skeleton, useLate } from "./states";
export { type Tab, Tabs } from "./Tabs";
export { type ToastMessage, ToastProvider, useToast } from "./Toast";
export { Tooltip, TooltipProvider } from "./Tooltip";
