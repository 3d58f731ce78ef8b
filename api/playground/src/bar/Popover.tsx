/** A small panel below a button of the bar. */

import { useEffect, useRef, useState, type ReactNode } from "react";

interface PopoverProps {
  readonly label: string;
  readonly testId: string;
  readonly children: (close: () => void) => ReactNode;
}

export function Popover({ label, testId, children }: PopoverProps) {
  const [isOpen, setOpen] = useState(false);
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const closeOutside = (event: Event) => {
      if (!place.current?.contains(event.target as Node)) {
        setOpen(false);
      }
    };
    const closeByKey = (event: KeyboardEvent) => {
      if (event.key === "Escape") {
        setOpen(false);
      }
    };
    document.addEventListener("pointerdown", closeOutside);
    document.addEventListener("keydown", closeByKey);
    return () => {
      document.removeEventListener("pointerdown", closeOutside);
      document.removeEventListener("keydown", closeByKey);
    };
  }, []);
  return (
    <div className="popover" ref={place}>
      <button
        type="button"
        className="primary"
        aria-expanded={isOpen}
        data-testid={testId}
        onClick={() => setOpen(!isOpen)}
      >
        {label}
      </button>
      {isOpen && <div className="panel">{children(() => setOpen(false))}</div>}
    </div>
  );
}
