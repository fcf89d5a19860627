import { LoaderCircle, type LucideIcon } from "lucide-react";
import { Slot } from "radix-ui";
import type { ComponentPropsWithRef, MouseEvent, ReactNode } from "react";

import { Tooltip } from "./Tooltip";

export type ButtonLook = "primary" | "secondary" | "quiet" | "danger" | "link";
export type ControlSize = "xs" | "sm" | "md" | "lg";

interface Look {
  look?: ButtonLook;
  size?: ControlSize;
  icon?: LucideIcon;
  /** Icon after the words, such as an arrow that leads outside. */
  iconAfter?: LucideIcon;
  /** Work is under way: the button stays focused and ignores presses. */
  busy?: boolean;
  /** Why it cannot be pressed yet. The button turns to pencil, keeps the focus and says why; it never just disappears. */
  unavailable?: string | false;
}

export type ButtonProps = Omit<ComponentPropsWithRef<"button">, "disabled"> & Look & { children: ReactNode };

/** The one button. One `primary` a screen; its words say what it does. */
export function Button({
  look = "secondary",
  size = "md",
  icon: Icon,
  iconAfter: After,
  busy = false,
  unavailable = false,
  children,
  onClick,
  ...rest
}: ButtonProps) {
  const off = busy || unavailable !== false;
  const button = (
    <button
      type="button"
      {...rest}
      className={`btn ${rest.className ?? ""}`}
      data-look={look}
      data-size={size}
      aria-disabled={unavailable !== false || undefined}
      aria-busy={busy || undefined}
      onClick={off ? stop : onClick}
    >
      {busy ? <LoaderCircle size={15} className="spin" aria-hidden /> : Icon && <Icon size={15} aria-hidden />}
      {children}
      {After && <After size={14} aria-hidden />}
    </button>
  );
  return unavailable === false || unavailable === "" ? button : <Tooltip text={unavailable}>{button}</Tooltip>;
}

/** A link that looks like a button: `<ButtonLink><Link to="/home">…</Link></ButtonLink>`. */
export function ButtonLink({ look = "secondary", size = "md", children }: Pick<Look, "look" | "size"> & { children: ReactNode }) {
  return (
    <Slot.Root className="btn no-underline" data-look={look} data-size={size}>
      {children}
    </Slot.Root>
  );
}

export type IconButtonProps = Omit<ComponentPropsWithRef<"button">, "children" | "aria-label"> & {
  icon: LucideIcon;
  /** What it does, in words: its name and its tooltip. */
  label: string;
  /** Shown in the tooltip beside the name. */
  shortcut?: ReactNode;
  look?: ButtonLook;
  size?: ControlSize;
};

/** A button of one icon; its name is always in a tooltip. */
export function IconButton({ icon: Icon, label, shortcut, look = "quiet", size = "md", ...rest }: IconButtonProps) {
  return (
    <Tooltip text={label} after={shortcut}>
      <button
        type="button"
        {...rest}
        className={`btn ${rest.className ?? ""}`}
        data-look={look}
        data-size={size}
        data-icon=""
        aria-label={label}
      >
        <Icon size={16} aria-hidden />
      </button>
    </Tooltip>
  );
}

function stop(event: MouseEvent) {
  event.preventDefault();
}
