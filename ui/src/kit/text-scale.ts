/** How much larger than usual text is: 2 at 200 %. For what has to be counted in pixels, such as the rows of a virtual table. */
import { useEffect, useState } from "react";

const now = (): number => (parseFloat(getComputedStyle(document.documentElement).fontSize) || 16) / 16;

export function useTextScale(): number {
  const [scale, setScale] = useState(now);
  useEffect(() => {
    // Nothing tells of a change of the text's size but a box that is measured in it.
    const probe = document.createElement("div");
    probe.setAttribute("aria-hidden", "true");
    probe.style.cssText = "position:absolute;visibility:hidden;width:1rem;height:1rem";
    document.body.append(probe);
    const watch = new ResizeObserver(() => setScale(now()));
    watch.observe(probe);
    return () => {
      watch.disconnect();
      probe.remove();
    };
  }, []);
  return scale;
}
