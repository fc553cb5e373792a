const base = require('@jupyterlab/testutils/lib/jest-config');

// published as ES modules, which jest 29 does not load from node_modules
const modules = [
  '@codemirror/',
  '@jupyter/',
  '@jupyterlab/',
  '@lezer/',
  '@lumino/',
  '@microsoft/',
  '@rjsf/',
  'exenv-es6',
  'lib0',
  'lodash-es',
  'marked',
  'nanoid',
  'vscode-ws-jsonrpc',
  'y-protocols',
  'y-websocket',
  'yjs'
].join('|');

const common = base(__dirname);

module.exports = {
  ...common,
  coverageReporters: ['text-summary'],
  reporters: ['default'],
  setupFilesAfterEnv: ['<rootDir>/jest.setup.js'],
  testEnvironment: '<rootDir>/jest.environment.js',
  testTimeout: 30_000, // milliseconds
  testRegex: 'src/.*\\.spec\\.tsx?$',
  transform: {
    '\\.svg$': '@jupyterlab/testing/lib/jest-raw-loader.js',
    '\\.[jt]sx?$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript', tsx: true },
          target: 'es2021',
          // as tsc does for that target
          transform: { react: { runtime: 'automatic' }, useDefineForClassFields: false }
        }
      }
    ]
  },
  transformIgnorePatterns: [`/node_modules/(?!(${modules}))`]
};
