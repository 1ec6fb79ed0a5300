import { Component, type ReactNode } from 'react';
import { Button } from '../ui/Button.tsx';
import styles from './app.module.css';

/** Shows what went wrong instead of a blank page. Pictures and settings are in storage and stay there. */
export class ErrorBoundary extends Component<{ readonly children: ReactNode }, { readonly message: string | null }> {
  override readonly state: { readonly message: string | null } = { message: null };

  static getDerivedStateFromError(thrown: unknown): { readonly message: string } {
    return { message: thrown instanceof Error ? thrown.message : String(thrown) };
  }

  override render(): ReactNode {
    if (this.state.message === null) return this.props.children;
    return (
      <main className={styles['crash']} role="alert">
        <h1>Something went wrong</h1>
        <p>Your pictures and settings are safe. The page says: {this.state.message}</p>
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
