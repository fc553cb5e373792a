import { screen } from '@testing-library/react';

import { modelOf, shown, trans } from '../../__tests__/served';
import { Boundary } from '../boundary';

it('says in its own place what cannot be shown, and shows it once it can be', () => {
  // React tells of each error that it hands to a boundary
  const told = jest.spyOn(console, 'error').mockImplementation(() => undefined);
  let isBroken = true;
  function Part(): JSX.Element {
    if (isBroken) {
      throw new Error('no such column');
    }
    return <p>all of it</p>;
  }
  shown(
    modelOf(() => undefined),
    <>
      <p>the rest</p>
      <Boundary trans={trans}>
        <Part />
      </Boundary>
    </>
  );
  expect(screen.getByRole('alert')).toHaveTextContent('This cannot be shown: no such column');
  expect(screen.getByText('the rest')).toBeVisible();
  isBroken = false;
  screen.getByRole('button', { name: 'Try again' }).click();
  return screen.findByText('all of it').then(() => told.mockRestore());
});
