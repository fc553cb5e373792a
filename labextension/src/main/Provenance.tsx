import { useTrans } from '../components';
import type { Provenance as IProvenance } from '../entities';
import { bytesText } from '../components/numbers';
import { Facts, Fold, Section, Table } from './parts';

/** Where a run came from: code, environment, machine, person. */
export function Provenance({ provenance }: { readonly provenance: IProvenance }): JSX.Element {
  const { git, hardware, packages, installed } = provenance;
  const trans = useTrans();
  const { cpu, cores, memory, gpus } = hardware;
  const machine = [cpu, trans._n('%1 core', '%1 cores', cores), bytesText(memory), ...(gpus ?? [])];
  const names = Object.entries(packages ?? {});
  const all = Object.keys(installed ?? {}).length;
  return (
    <Section title={trans.__('Provenance')}>
      <Facts
        facts={[
          [trans.__('Git'), git ? <Git git={git} /> : trans.__('not a git repository')],
          [
            trans.__('Source'),
            provenance.notebook_digest ? <code>{provenance.notebook_digest}</code> : null
          ],
          [trans.__('Python'), `${provenance.python}, ${provenance.platform}`],
          [trans.__('Hardware'), machine.filter(Boolean).join(', ')],
          [trans.__('User'), provenance.user]
        ]}
      />
      {names.length ? (
        <Fold
          title={trans.__('Packages')}
          told={trans.__('%1 imported, %2 installed', names.length, all)}
        >
          <Table
            label={trans.__('Packages')}
            columns={[{ title: trans.__('Name') }, { title: trans.__('Version') }]}
            rows={names}
          />
        </Fold>
      ) : null}
      {git?.diff ? (
        <Fold title={trans.__('Uncommitted changes')}>
          <pre
            className="jp-MLOps-source"
            tabIndex={0}
            role="region"
            aria-label={trans.__('Uncommitted changes')}
          >
            {git.diff}
          </pre>
        </Fold>
      ) : null}
    </Section>
  );
}

function Git({ git }: { readonly git: NonNullable<IProvenance['git']> }): JSX.Element {
  const trans = useTrans();
  const { commit, branch, dirty, untracked } = git;
  return (
    <>
      <code>{commit ? commit.slice(0, 10) : trans.__('no commit')}</code>{' '}
      {branch ? trans.__('on %1', branch) : null}
      {dirty ? `, ${trans.__('with uncommitted changes')}` : null}
      {untracked?.length ? `, ${trans._n('%1 new file', '%1 new files', untracked.length)}` : null}
    </>
  );
}
