import { Clipboard } from '@jupyterlab/apputils';
import { useEffect, useState } from 'react';

import { useTrans } from '../../components';

const SAID = 3_000; // milliseconds in which it is said that it was copied

/** Something to type elsewhere, and a button that copies it. */
export function Copyable({ text }: { readonly text: string }): JSX.Element {
  const trans = useTrans();
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (isCopied) {
      const timer = window.setTimeout(() => setCopied(false), SAID);
      return () => window.clearTimeout(timer);
    }
    return undefined;
  }, [isCopied]);
  return (
    <span className="jp-MLOps-copyable">
      <code>{text}</code>
      <button
        type="button"
        className="jp-MLOps-button"
        aria-label={trans.__('Copy: %1', text)}
        onClick={() => {
          Clipboard.copyToSystem(text);
          setCopied(true);
        }}
      >
        {isCopied ? trans.__('Copied') : trans.__('Copy')}
      </button>
      <span className="jp-MLOps-unseen" role="status">
        {isCopied ? trans.__('Copied') : ''}
      </span>
    </span>
  );
}
