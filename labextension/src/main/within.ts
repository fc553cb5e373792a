import type { IMLOps } from '../tokens';

/** The same, but whatever is asked is asked of that project, whichever is worked on. */
export function within(mlops: IMLOps, project: string): IMLOps {
  const own: Pick<IMLOps, 'project' | 'get' | 'post' | 'delete'> = {
    project,
    get: (path, asked) => mlops.get(path, { project, ...asked }),
    post: (path, asked) => mlops.post(path, { project, ...asked }),
    delete: (path, asked) => mlops.delete(path, { project, ...asked })
  };
  return Object.create(mlops, Object.getOwnPropertyDescriptors(own)) as IMLOps;
}
