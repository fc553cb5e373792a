import plugins from '..';

it('offers each plugin once', () => {
  const ids = plugins.map(plugin => plugin.id);
  expect(ids.length).toBeGreaterThan(0);
  expect(new Set(ids).size).toBe(ids.length);
});
