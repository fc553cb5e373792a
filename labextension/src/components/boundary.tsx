import type { TranslationBundle } from '@jupyterlab/translation';
import { Component, type ReactNode } from 'react';

import { Problem } from './said';

interface IBoundaryProps {
  trans: TranslationBundle;
  children: ReactNode;
}

/** What fails to draw itself says so in its own place, and takes nothing else with it. */
export class Boundary extends Component<IBoundaryProps, { error: Error | null }> {
  static getDerivedStateFromError(error: Error): { error: Error } {
    return { error };
  }

  override state: { error: Error | null } = { error: null };

  override render(): ReactNode {
    const { children, trans } = this.props;
    const { error } = this.state;
    if (error === null) {
      return children;
    }
    const problem = {
      message: trans.__('This cannot be shown: %1', error.message),
      hint: trans.__('Try again, or reload the page; then report it, with what you did.')
    };
    return <Problem problem={problem} onRetry={() => this.setState({ error: null })} />;
  }
}
