import type { LucideIcon } from "lucide-react";
import { DropdownMenu as Radix } from "radix-ui";
import type { ReactNode } from "react";

export interface MenuItem {
  key: string;
  label: string;
  icon?: LucideIcon;
  tone?: "bad";
  shortcut?: ReactNode;
  disabled?: boolean;
  onSelect: () => void;
}

/** Actions behind one button. Groups are set apart by a line. */
export function Menu({ trigger, groups }: { trigger: ReactNode; groups: readonly (readonly MenuItem[])[] }) {
  return (
    <Radix.Root>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content className="menu fade-in max-h-(--radix-dropdown-menu-content-available-height) overflow-y-auto" sideOffset={4} align="end" collisionPadding={8}>
          {groups.map((group, index) => (
            <Radix.Group key={group[0]?.key ?? index}>
              {index > 0 && <Radix.Separator className="my-1 h-px bg-line" />}
              {group.map((item) => (
                <Radix.Item key={item.key} className="menu-item" data-tone={item.tone} disabled={item.disabled} onSelect={item.onSelect}>
                  {item.icon && <item.icon size={15} aria-hidden />}
                  <span className="flex-1">{item.label}</span>
                  {item.shortcut}
                </Radix.Item>
              ))}
            </Radix.Group>
          ))}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
