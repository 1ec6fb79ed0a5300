import { dirname, join, relative, resolve, sep } from 'node:path';

const features = (...names) => names.map((name) => `./src/features/${name}`);

/** Zones for rooms in the order in which they stand on each other: none may import from one after it. */
const upwards = (folder, rooms) =>
  rooms.slice(0, -1).map((room, index) => ({
    target: `${folder}/${room}`,
    from: rooms.slice(index + 1).map((above) => `${folder}/${above}`),
    message: `${rooms.join(' ← ')}: imports go to the left only.`,
  }));

/** Zones for rooms that know nothing of each other. */
const apart = (folder, rooms) =>
  rooms.map((room) => ({
    target: `${folder}/${room}`,
    from: rooms.filter((other) => other !== room).map((other) => `${folder}/${other}`),
    message: 'These rooms know nothing of each other.',
  }));

/** Imports go one way. Each zone: files in `target` may not import from `from`. */
const oneWay = [
  {
    target: './src',
    from: './workers',
    except: ['./api.ts', './worker.ts', './cut-out/worker.ts', './map/worker.ts'],
    message: 'The window knows only workers/api.ts.',
  },
  { target: './workers', from: './src', message: 'The worker knows nothing of the window.' },
  {
    target: './src/ui',
    from: ['./src/features', './src/app', './src/engine-client'],
    message: 'Primitives know nothing of the product.',
  },
  { target: './src/features', from: './src/app', message: 'Features do not know the shell.' },
  {
    target: './src/features/models',
    from: features('settings', 'compose', 'start', 'gallery', 'generate'),
    message: 'Models are below the other features.',
  },
  { target: './src/features/settings', from: features('compose', 'start', 'gallery', 'generate') },
  { target: './src/features/compose', from: features('start', 'gallery', 'generate') },
  { target: './src/features/start', from: features('gallery', 'generate') },
  { target: './src/features/gallery', from: features('generate') },
  ...upwards('./src/features/models', ['sources', 'known', 'choice', 'loading', 'addons', 'kits', 'storage', 'dialog']),
  ...upwards('./src/features/compose', [
    'pins',
    'crop',
    'draft',
    'embeddings',
    'caption',
    'styles',
    'cut-out',
    'looks',
    'wells',
    'library',
    'popover',
    'words',
  ]),
  ...apart('./src/features/compose', ['styles', 'cut-out', 'looks']),
  ...apart('./src/features/compose', ['cut-out', 'looks', 'wells']),
  ...upwards('./src/features/generate', ['areas', 'run', 'queue', 'compare', 'bar', 'stage']),
  {
    target: './src/engine-client',
    from: ['./src/features', './src/app', './src/ui'],
    message: 'The client is below the features.',
  },
  {
    target: './src/storage',
    from: ['./src/features', './src/app', './src/engine-client', './src/ui'],
    message: 'Storage knows nothing of what is stored.',
  },
  {
    target: './workers',
    from: ['./e2e', './bench'],
    message: 'What tests the site knows the worker, not the other way round.',
  },
  { target: './e2e', from: './bench' },
  { target: './e2e/support', from: './e2e/command' },
  {
    target: './provision',
    from: ['./src', './workers', './e2e', './bench'],
    message: 'What a test machine must have is known before anything of the product runs.',
  },
  // The worker, from the floor up: each of these may import only from those before it.
  ...upwards('./workers', [
    'errors.ts',
    'contract',
    'checkpoint',
    'graph',
    'schedulers',
    'png',
    'images',
    'runtime',
    'weights',
    'cut-out',
    'pipeline',
  ]),
  ...apart('./workers', ['graph', 'schedulers', 'png', 'images', 'runtime', 'weights']),
  ...apart('./workers', ['cut-out', 'pipeline']),
  ...upwards('./workers/checkpoint', [
    'bytes',
    'json',
    'tensors',
    'torch',
    'tensor-files',
    'families',
    'single-file',
    'lora',
    'kinds',
  ]),
  ...upwards('./workers/graph', ['config', 'onnx', 'ops', 'modules', 'graphs']),
  ...upwards('./workers/weights', ['sources', 'convert', 'store']),
  ...upwards('./workers/pipeline', ['prompt', 'modules', 'denoising', 'model', 'loading', 'encoding', 'run']),
  ...upwards('./workers/pipeline', ['prompt', 'modules', 'denoising', 'model', 'loading', 'scoring', 'run']),
  ...apart('./workers/pipeline', ['encoding', 'scoring']),
];

const root = import.meta.dirname;
const within = (path, place) => path === place || path.startsWith(place + sep);
const zones = oneWay.map(({ target, from, except = [], message }) => ({
  target: join(root, target),
  from: [from].flat().map((place) => join(root, place)),
  except: except.map((place) => join(root, [from].flat()[0], place)),
  message: message ?? 'Imports go one way: ARCHITECTURE.md, “Direction of imports”.',
}));

/** Imports between folders, those of types too, go the ways above. A test may bring together what it tests with what runs it. */
const oneWayOnly = {
  create(context) {
    const { filename } = context;
    if (filename.endsWith('.test.ts')) return {};
    const mine = zones.filter(({ target }) => within(filename, target));
    const check = ({ source }) => {
      if (typeof source?.value !== 'string' || !source.value.startsWith('.')) return;
      const imported = resolve(dirname(filename), source.value);
      const zone = mine.find(
        ({ from, except }) =>
          from.some((place) => within(imported, place)) && !except.some((place) => within(imported, place)),
      );
      if (zone !== undefined)
        context.report({
          node: source,
          message: `${relative(root, imported)} may not be imported here. ${zone.message}`,
        });
    };
    return {
      ImportDeclaration: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      ImportExpression: check,
      TSImportType: check,
    };
  },
};

export default { meta: { name: 'directions' }, rules: { 'one-way': oneWayOnly } };
