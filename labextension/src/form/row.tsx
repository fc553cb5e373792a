import { useId, type ReactNode } from 'react';

export interface IControl {
  id: string;
  'aria-describedby': string;
  'aria-invalid': boolean;
}

interface IRowProps {
  label: string;
  wrong?: string;
  note?: ReactNode;
  children: (control: IControl) => ReactNode;
}

/** A label, its control, what is said of it, and what is wrong with it. */
export function Row({ label, wrong = '', note, children }: IRowProps): JSX.Element {
  const id = useId();
  return (
    <div className="jp-MLOps-formRow">
      <label htmlFor={id}>{label}</label>
      <div className="jp-MLOps-formControl">
        {children({ id, 'aria-describedby': `${id}-said`, 'aria-invalid': Boolean(wrong) })}
        <div id={`${id}-said`}>
          {note && <div className="jp-MLOps-formNote">{note}</div>}
          <div className="jp-MLOps-formWrong" role="alert">
            {wrong}
          </div>
        </div>
      </div>
    </div>
  );
}
