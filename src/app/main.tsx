// Before every module that makes a schema.
import './zod-config.ts';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { engine } from '../engine-client/engine.ts';
import '../ui/tokens.css';
import { App } from './App.tsx';
import { ErrorBoundary } from './ErrorBoundary.tsx';
import { takeDroppedFiles } from './file-drop.ts';
import { live, restore } from './start.ts';
import { startTheme } from './theme.ts';

startTheme();
const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no element with the id "root".');

const started = await restore(engine);
createRoot(root).render(
  <StrictMode>
    <ErrorBoundary>
      <App />
    </ErrorBoundary>
  </StrictMode>,
);
live(engine, started);
takeDroppedFiles(engine);
