import type { Texts } from './parameters';

interface IComplaintProps {
  problem: string;
  hint: string;
  wrong: Texts;
}

/** Why a form was not taken, where that is not told at its fields, and how to mend it. */
export function Complaint({ problem, hint, wrong }: IComplaintProps): JSX.Element {
  const atFields = Object.values(wrong).some(Boolean);
  return (
    <div className="jp-MLOps-formWrong" role="alert">
      {!atFields && problem && <strong>{problem}</strong>} {hint}
    </div>
  );
}
