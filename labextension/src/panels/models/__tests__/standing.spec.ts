import { nullTranslator } from '@jupyterlab/translation';

import { changeOf, columnsOf } from '../metrics';
import { firstChoice, lastMove, letInBy, pointedAt, previous, rejection, shut } from '../standing';
import { foremostIn, gatesText, gatesTextIn, whyNot } from '../words';
import { entryOf, gateOf, modelOfChurn, reportFor, versionOf } from './sample';

const trans = nullTranslator.load('jupyter-mlops');

const moved = (from: string | null, to: string, action: 'promote' | 'rollback' = 'promote') =>
  entryOf({ from_version: from, to_version: to, action });

describe('the version to go back to', () => {
  it('is the one before', () => {
    expect(previous([moved(null, '1'), moved('1', '3')], 'champion', '3')).toBe('1');
  });

  it('is nowhere where there was none before', () => {
    expect(previous([moved(null, '1')], 'champion', '1')).toBeNull();
    expect(previous([], 'champion', null)).toBeNull();
  });

  it('goes further back after a rollback', () => {
    const entries = [
      moved(null, '1'),
      moved('1', '2'),
      moved('2', '3'),
      moved('3', '2', 'rollback')
    ];
    expect(previous(entries, 'champion', '2')).toBe('1');
  });

  it('is where the ledger had it when it was moved by other means', () => {
    expect(previous([moved(null, '1')], 'champion', '4')).toBe('1');
  });

  it('does not depend on other aliases', () => {
    const entries = [moved(null, '1'), { ...moved('1', '2'), alias: 'challenger' }];
    expect(lastMove(entries, 'champion')?.to_version).toBe('1');
    expect(previous(entries, 'champion', '1')).toBeNull();
  });
});

describe('a model', () => {
  const details = modelOfChurn();

  it('is looked at from its newest version that is not the champion', () => {
    expect(firstChoice(details)).toBe('2');
    expect(firstChoice({ ...details, versions: details.versions.slice(1) })).toBe('1');
    expect(firstChoice({ ...details, versions: [] })).toBeNull();
  });

  it('tells who let the champion in, if the ledger does', () => {
    expect(pointedAt(details, 'champion')).toBe('1');
    expect(letInBy(details, 'champion')?.who).toBe('ada');
    const elsewhere = { ...details.history, aliases: { champion: '2' } };
    expect(letInBy(modelOfChurn({ history: elsewhere as never }), 'champion')).toBeUndefined();
  });

  it('has a rejected version until somebody approves of it', () => {
    const rejected = entryOf({ action: 'reject', to_version: '2', alias: '', number: 2 });
    const approved = entryOf({ action: 'approve', to_version: '2', alias: '', number: 3 });
    const with_ = (...entries: (typeof rejected)[]) =>
      modelOfChurn({ history: { ...details.history, entries } as never });
    const version = versionOf('2');
    expect(rejection(with_(rejected), version)?.who).toBe('ada');
    expect(rejection(with_(rejected, approved), version)).toBeUndefined();
    const another = versionOf('2', { created: '2026-03-03T00:00:00Z' });
    const registered = { ...rejected, registered: '2026-01-01T00:00:00Z' };
    expect(rejection(with_(registered), another)).toBeUndefined();
  });
});

describe('metrics', () => {
  const higher = { accuracy: true, loss: false };

  it('are better, worse, the same, or only different', () => {
    expect(changeOf('accuracy', 0.8, 0.75, higher)?.verdict).toBe('better');
    expect(changeOf('loss', 0.3, 0.2, higher)?.verdict).toBe('worse');
    expect(changeOf('loss', 0.2, 0.2, higher)?.verdict).toBe('same');
    expect(changeOf('rows', 10, 20, higher)?.verdict).toBe('');
    expect(changeOf('loss', 0.2, undefined, higher)).toBeNull();
    expect(changeOf('loss', 'NaN', 1, higher)).toBeNull();
    expect(changeOf('loss', 'Infinity', 1, higher)?.verdict).toBe('worse');
    expect(changeOf('accuracy', '-Infinity', '-Infinity', higher)?.verdict).toBe('same');
  });

  it('are shown first where a gate names them', () => {
    const versions = [versionOf('1', { metrics: { rows: 1, accuracy: 1, zeal: 1 } })];
    const report = reportFor('1', [gateOf('zeal >= 0.5')]);
    expect(columnsOf(versions, [report], higher)).toEqual(['zeal', 'accuracy', 'rows']);
  });
});

describe('gates in words', () => {
  const report = reportFor('2', [
    gateOf('accuracy >= 0.9', { status: 'failed', message: '0.8 is less.' }),
    gateOf('replay', { status: 'not judged' }),
    gateOf('not rejected')
  ]);

  it('tell what counts first', () => {
    expect(gatesText(report, trans)).toBe('1 failed, 1 not judged, 1 passed');
    expect(gatesTextIn('3 passed, 1 failed, 12 error', trans)).toBe(
      '1 failed, 12 cannot be judged, 3 passed'
    );
    expect(shut(report).map(({ name }) => name)).toEqual(['accuracy >= 0.9']);
    expect(foremostIn('7 passed, 1 failed')).toBe('failed');
    expect(foremostIn('')).toBeNull();
  });

  it('tell why not', () => {
    expect(whyNot(report, trans)).toBe(
      '“accuracy >= 0.9” says no: 0.8 is less. 1 of 3 gates is not judged yet.'
    );
    expect(whyNot(reportFor('2', [gateOf('a')]), trans)).toBe('');
  });
});
