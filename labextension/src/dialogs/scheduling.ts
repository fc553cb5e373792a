import type { IScheduleCalls } from '../form/schedule';
import type { IMLOps } from '../tokens';

/** What the form of a schedule asks, of the project in `folder`. */
export function scheduleCalls(mlops: IMLOps, folder: string): IScheduleCalls {
  const project = folder;
  return {
    choices: () => mlops.get('/schedule-form', { project }),
    fields: what => {
      const path = folder ? `${folder}/${what}` : what;
      return mlops.get('/notebook', { query: { path }, project });
    },
    preview: query => mlops.get('/schedule-preview', { query, project }),
    add: body => mlops.post('/schedules', { body, project })
  };
}
