import { Component, type ReactNode } from 'react';
import { Button } from '../ui/Button.tsx';
import styles from './app.module.css';

/** Shows what went wrong instead of a blank page. Pictures and settings are in storage and stay there. */
export class ErrorBoundary extends Component<{ readonly children: ReactNode }, { readonly isBroken: boolean }> {
  override readonly state = { isBroken: false };

  /** React itself tells the console what was thrown. */
  static getDerivedStateFromError(): { readonly isBroken: boolean } {
    return { isBroken: true };
  }

  override render(): ReactNode {
    if (!this.state.isBroken) return this.props.children;
    return (
      <main className={styles['crash']} role="alert">
        <h1>Something went wrong</h1>
        <p>Your pictures and settings are safe. Reload the page to go on.</p>
        <Button
          look="primary"
          onClick={() => {
            location.reload();
          }}
        >
          Reload the page
        </Button>
      </main>
    );
  }
}
