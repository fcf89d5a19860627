/** Fields: a label above, a hint or the reason of a refusal below, each tied to the control for screen readers. */
import { Check, ChevronDown, CircleAlert, type LucideIcon, Minus } from "lucide-react";
import { Checkbox as RadixCheckbox, RadioGroup as RadixRadio, Select as RadixSelect, Switch as RadixSwitch } from "radix-ui";
import { type ComponentPropsWithRef, type ReactNode, useId, useRef } from "react";

import { cx } from "./cx";

export interface FieldShape {
  label: string;
  hint?: ReactNode;
  /** What is wrong, in words; turns the edge red and is read out. */
  problem?: string | undefined;
  /** Keeps the label for screen readers only. */
  labelHidden?: boolean;
}

interface Tied {
  id: string;
  "aria-describedby": string | undefined;
  "aria-invalid": true | undefined;
}

/** The frame of any control: `children` gets the ids to put on it. */
export function Field({ label, hint, problem, labelHidden, children }: FieldShape & { children: (tied: Tied) => ReactNode }) {
  const id = useId();
  const described = cx(hint !== undefined && `${id}-hint`, problem !== undefined && `${id}-problem`);
  return (
    <div className="flex min-w-0 flex-col gap-1.5">
      <label htmlFor={id} className={labelHidden ? "sr-only" : "font-semibold"}>
        {label}
      </label>
      {children({ id, "aria-describedby": described || undefined, "aria-invalid": problem === undefined ? undefined : true })}
      {hint !== undefined && (
        <p id={`${id}-hint`} className="text-hint text-ink3">
          {hint}
        </p>
      )}
      {problem !== undefined && (
        <p id={`${id}-problem`} role="alert" className="text-hint text-bad">
          {problem}
        </p>
      )}
    </div>
  );
}

type InputProps = Omit<ComponentPropsWithRef<"input">, "id" | "size"> & FieldShape & { before?: ReactNode; after?: ReactNode };

/** One line of text; `before` and `after` stand inside its edge. */
export function Input({ label, hint, problem, labelHidden, before, after, className, ...rest }: InputProps) {
  return (
    <Field label={label} hint={hint} problem={problem} labelHidden={labelHidden}>
      {(tied) => (
        <span className={cx("input flex items-center gap-2", className)}>
          {before}
          <input {...rest} {...tied} />
          {problem !== undefined && <CircleAlert size={16} className="text-bad-dot" aria-hidden />}
          {after}
        </span>
      )}
    </Field>
  );
}

export interface Choice<V extends string> {
  value: V;
  label: string;
  hint?: string;
}

type SelectProps<V extends string> = FieldShape & {
  value: V | undefined;
  choices: readonly Choice<V>[];
  onChange: (value: V) => void;
  placeholder?: string;
  icon?: ReactNode;
};

/** One of a few, in a menu. */
export function Select<V extends string>({ label, hint, problem, labelHidden, value, choices, onChange, placeholder, icon }: SelectProps<V>) {
  const open = useRef(false);
  return (
    <Field label={label} hint={hint} problem={problem} labelHidden={labelHidden}>
      {(tied) => (
        <RadixSelect.Root
          value={value ?? ""}
          onOpenChange={(now) => (open.current = now)}
          // A letter typed on a closed menu would choose unseen, and is a key of the list around it.
          onValueChange={(next) => (open.current ? onChange(next as V) : undefined)}
        >
          <RadixSelect.Trigger {...tied} className="btn justify-between" data-look="secondary" data-size="sm">
            <span className="flex min-w-0 items-center gap-2">
              {icon}
              <RadixSelect.Value placeholder={placeholder} />
            </span>
            <ChevronDown size={14} aria-hidden />
          </RadixSelect.Trigger>
          <RadixSelect.Portal>
            <RadixSelect.Content position="popper" sideOffset={4} collisionPadding={8} className="menu max-h-(--radix-select-content-available-height) overflow-auto">
              <RadixSelect.Viewport>
                {choices.map((choice) => (
                  <RadixSelect.Item key={choice.value} value={choice.value} className="menu-item">
                    <RadixSelect.ItemText>{choice.label}</RadixSelect.ItemText>
                    <RadixSelect.ItemIndicator className="ml-auto">
                      <Check size={14} aria-hidden />
                    </RadixSelect.ItemIndicator>
                  </RadixSelect.Item>
                ))}
              </RadixSelect.Viewport>
            </RadixSelect.Content>
          </RadixSelect.Portal>
        </RadixSelect.Root>
      )}
    </Field>
  );
}

type CheckboxProps = {
  label: string;
  hint?: ReactNode;
  /** What it is about, between box and label. */
  icon?: LucideIcon;
  checked: boolean | "indeterminate";
  onChange: (checked: boolean) => void;
  /** The label is read out, not shown: inside a table row, say. */
  labelHidden?: boolean;
  disabled?: boolean;
  tabIndex?: number;
};

export function Checkbox({ label, hint, icon: Icon, checked, onChange, labelHidden, disabled, tabIndex }: CheckboxProps) {
  const id = useId();
  const box = (
    <RadixCheckbox.Root
      id={id}
      className="check"
      checked={checked}
      disabled={disabled}
      tabIndex={tabIndex}
      aria-label={labelHidden ? label : undefined}
      onCheckedChange={(next) => onChange(next === true)}
    >
      <RadixCheckbox.Indicator className="grid place-items-center">
        {checked === "indeterminate" ? <Minus size={12} strokeWidth={3} aria-hidden /> : <Check size={12} strokeWidth={3} aria-hidden />}
      </RadixCheckbox.Indicator>
    </RadixCheckbox.Root>
  );
  if (labelHidden) return box;
  return (
    <span className="flex items-start gap-2 py-1">
      <span className="pt-px">{box}</span>
      {Icon !== undefined && <Icon size={16} className="mx-1 mt-px flex-none text-ink2" aria-hidden />}
      <span>
        <label htmlFor={id}>{label}</label>
        {hint !== undefined && <span className="block text-hint text-ink3">{hint}</span>}
      </span>
    </span>
  );
}

type RadioProps<V extends string> = {
  label: string;
  value: V | undefined;
  choices: readonly Choice<V>[];
  onChange: (value: V) => void;
  /** Cards with an edge, as on settings; plain lines otherwise. */
  as?: "lines" | "cards";
};

export function RadioGroup<V extends string>({ label, value, choices, onChange, as = "lines" }: RadioProps<V>) {
  const id = useId();
  return (
    <RadixRadio.Root
      aria-label={label}
      value={value ?? null}
      onValueChange={(next) => onChange(next as V)}
      className={as === "cards" ? "grid gap-3 wide:grid-cols-2" : "flex flex-col gap-1"}
    >
      {choices.map((choice) => {
        const chosen = choice.value === value;
        return (
          <label
            key={choice.value}
            className={cx(
              "flex items-start gap-3",
              as === "cards" && "rounded-card border p-4",
              as === "cards" && (chosen ? "border-pri bg-pri-soft outline outline-1 outline-pri" : "border-line bg-card"),
              as === "lines" && "py-1",
            )}
          >
            <RadixRadio.Item value={choice.value} className="check radio mt-px" aria-labelledby={`${id}-${choice.value}`}>
              <RadixRadio.Indicator className="size-1.5 rounded-full bg-on-pri" />
            </RadixRadio.Item>
            <span>
              <span id={`${id}-${choice.value}`} className={as === "cards" ? "font-semibold" : undefined}>
                {choice.label}
              </span>
              {choice.hint !== undefined && <span className="block text-hint text-ink3">{choice.hint}</span>}
            </span>
          </label>
        );
      })}
    </RadixRadio.Root>
  );
}

type SwitchProps = { label: string; checked: boolean; onChange: (checked: boolean) => void; labelHidden?: boolean; disabled?: boolean };

export function Switch({ label, checked, onChange, labelHidden, disabled }: SwitchProps) {
  const id = useId();
  return (
    <span className="flex items-center gap-2">
      <RadixSwitch.Root
        id={id}
        className="switch"
        checked={checked}
        disabled={disabled}
        onCheckedChange={onChange}
        aria-label={labelHidden ? label : undefined}
      >
        <RadixSwitch.Thumb />
      </RadixSwitch.Root>
      {!labelHidden && <label htmlFor={id}>{label}</label>}
    </span>
  );
}
