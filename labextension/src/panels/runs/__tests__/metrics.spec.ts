import { leading } from '../metrics';

it('shows what is filtered for first, and what was measured in training last', () => {
  expect(leading({ training_loss: 1, b: 1, a: 1, 'system/cpu': 1, z: 1 }, 'z')).toEqual([
    'z',
    'a',
    'b',
    'system/cpu',
    'training_loss'
  ]);
});
