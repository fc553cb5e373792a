import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import axe from 'axe-core';
import { useState } from 'react';

import { Tabs } from '../tabs';

const TABS = [
  { name: 'a', title: 'Ants' },
  { name: 'b', title: 'Bees' },
  { name: 'c', title: 'Cats' }
];

function Animals(): JSX.Element {
  const [current, setCurrent] = useState('a');
  return (
    <Tabs label="Animals" tabs={TABS} current={current} onChange={setCurrent}>
      {`about ${current}`}
    </Tabs>
  );
}

function selected(): string | null {
  return screen.getByRole('tab', { selected: true }).textContent;
}

it('shows one tab, named by its title', async () => {
  render(<Animals />);
  expect(screen.getAllByRole('tab').map(tab => tab.textContent)).toEqual(['Ants', 'Bees', 'Cats']);
  expect(screen.getByRole('tablist', { name: 'Animals' })).toBeVisible();
  expect(screen.getByRole('tabpanel', { name: 'Ants' })).toHaveTextContent('about a');
  await userEvent.click(screen.getByRole('tab', { name: 'Cats' }));
  expect(screen.getByRole('tabpanel', { name: 'Cats' })).toHaveTextContent('about c');
});

it.each([
  ['{ArrowRight}', 'Bees'],
  ['{ArrowRight}{ArrowRight}{ArrowRight}', 'Ants'],
  ['{ArrowLeft}', 'Cats'],
  ['{End}', 'Cats'],
  ['{End}{Home}', 'Ants'],
  ['{Control>}{ArrowRight}{/Control}', 'Ants']
])('goes by %s to %s, and the focus with it', async (keys, title) => {
  render(<Animals />);
  await userEvent.tab();
  await userEvent.keyboard(keys);
  expect(selected()).toBe(title);
  expect(screen.getByRole('tab', { name: title })).toHaveFocus();
  // the list is one stop: the next is what the tab shows
  await userEvent.tab();
  expect(screen.getByRole('tabpanel')).toHaveFocus();
});

it('has no fault that axe finds', async () => {
  const { container } = render(<Animals />);
  // colours are not drawn here
  const rules = { 'color-contrast': { enabled: false } };
  expect((await axe.run(container, { rules })).violations).toEqual([]);
});
