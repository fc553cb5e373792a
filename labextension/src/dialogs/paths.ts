import { PathExt } from '@jupyterlab/coreutils';

/** The path of a notebook below its project's folder. */
export function below(folder: string, path: string): string {
  return folder && path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : path;
}

/** What a notebook is called. */
export function nameOf(path: string): string {
  return PathExt.basename(path);
}
