import { useEffect, useId, useRef, type KeyboardEvent, type ReactNode } from 'react';

interface ITabsProps<T extends string> {
  tabs: readonly { readonly name: T; readonly title: string }[];
  current: T;
  /** What the tabs are of, for screen readers. */
  label: string;
  onChange: (name: T) => void;
  /** What the current tab shows. */
  children: ReactNode;
}

/** Tabs as the ARIA practices have them: one stop of the Tab key, arrows, Home and End go along. */
export function Tabs<T extends string>(props: ITabsProps<T>): JSX.Element {
  const { tabs, current, label, onChange, children } = props;
  const id = useId();
  const list = useRef<HTMLDivElement>(null);

  useEffect(() => {
    // whoever is on the tabs stays on the current one, however it became that
    if (list.current?.contains(document.activeElement)) {
      list.current.querySelector<HTMLElement>('[aria-selected=true]')?.focus();
    }
  }, [current]);

  const onKeyDown = (event: KeyboardEvent): void => {
    const at = tabs.findIndex(tab => tab.name === current);
    const next = new Map([
      ['ArrowRight', (at + 1) % tabs.length],
      ['ArrowLeft', (at + tabs.length - 1) % tabs.length],
      ['Home', 0],
      ['End', tabs.length - 1]
    ]).get(event.key);
    if (next === undefined || event.altKey || event.ctrlKey || event.metaKey) {
      return;
    }
    event.preventDefault();
    onChange(tabs[next].name);
  };

  return (
    <>
      <div
        className="jp-MLOps-tabs"
        role="tablist"
        aria-label={label}
        ref={list}
        onKeyDown={onKeyDown}
      >
        {tabs.map(tab => (
          <button
            key={tab.name}
            type="button"
            role="tab"
            id={`${id}${tab.name}`}
            aria-selected={tab.name === current}
            aria-controls={`${id}panel`}
            tabIndex={tab.name === current ? 0 : -1}
            onClick={() => onChange(tab.name)}
          >
            {tab.title}
          </button>
        ))}
      </div>
      <div
        className="jp-MLOps-tabPanel"
        role="tabpanel"
        id={`${id}panel`}
        aria-labelledby={`${id}${current}`}
        tabIndex={0}
      >
        {children}
      </div>
    </>
  );
}
